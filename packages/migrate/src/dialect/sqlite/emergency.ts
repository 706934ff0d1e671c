import { stringLiteral } from '../../sql/inline.ts'
import { type EmergencyPort, type EmergencyRollback, JOURNAL_TABLE } from '../port.ts'
import { quoted } from './catalogue.ts'
import { sqliteKysely } from './kysely.ts'

/** Scripts for the `sqlite3` shell. */
export const emergency: EmergencyPort = {
  kysely: (session) => sqliteKysely(session, () => true),
  script,
}

const text = (value: string): string => stringLiteral(value, 'sqlite')

/**
 * SQLite can refuse outside a trigger by a constraint alone, whose name it shows. Foreign keys are not enforced
 * meanwhile, so that dropping a table deletes nothing in others; that no row has lost its parent is checked instead.
 */
function script({ version, description, dependents, statements }: EmergencyRollback): string {
  const row = `version = ${text(version)}`
  const needs = [
    ...(dependents.length > 0 ? [`version IN (${dependents.map(text).join(', ')})`] : []),
    `instr(metadata_json, ${text(JSON.stringify(version))}) > 0`,
  ]
  return `-- Emergency rollback of ${version} (${description}), for SQLite.
--
-- For when the rollback command cannot run: this needs the sqlite3 shell alone. Stop the application and what else
-- writes to the database, keep a copy, then run it:
--
--   sqlite3 DATABASE ".backup COPY"
--   sqlite3 -bail DATABASE < THIS_FILE
--
-- Everything happens in one transaction, with its record in ${JOURNAL_TABLE}, or nothing does. It refuses when the
-- version is not applied, when applied versions depend on it, and when rows would lose what they refer to.
-- What it drops is in your copy only. Generated from the migration's down: do not edit.

.bail on
.timeout 10000
PRAGMA foreign_keys = OFF;
BEGIN IMMEDIATE;

-- Refuses, before anything is changed.
CREATE TEMP TABLE emergency_checks (
  applied INTEGER CONSTRAINT ${quoted(`${version} is not applied: there is nothing to roll back`)}
    CHECK (applied > 0),
  dependents INTEGER CONSTRAINT ${quoted(`applied versions depend on ${version}: roll those back first`)}
    CHECK (dependents = 0),
  orphans INTEGER CONSTRAINT "rows of other tables would lose what they refer to"
    CHECK (orphans = 0)
);
INSERT INTO temp.emergency_checks (applied)
  SELECT count(*) FROM main.${JOURNAL_TABLE}
  WHERE ${row} AND coalesce(status, 'applied') = 'applied';
CREATE TEMP TABLE emergency_dependents AS
  SELECT version FROM main.${JOURNAL_TABLE}
  WHERE version <> ${text(version)} AND coalesce(status, 'applied') = 'applied'
    AND (${needs.join('\n      OR ')});
SELECT 'Roll back first: ' || version FROM temp.emergency_dependents ORDER BY version DESC;
INSERT INTO temp.emergency_checks (dependents) SELECT count(*) FROM temp.emergency_dependents;
CREATE TEMP TABLE emergency_orphans AS SELECT * FROM pragma_foreign_key_check(NULL, 'main');

-- The record.
UPDATE main.${JOURNAL_TABLE}
  SET status = 'rolled_back', rollback_applied = 1, error_message = NULL,
    rollback_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
  WHERE ${row};

-- What the migration's down runs.
${statements.map((statement) => `${statement}\n`).join('')}
-- Refuses once more, and takes everything back.
CREATE TEMP TABLE emergency_losses AS
  SELECT * FROM pragma_foreign_key_check(NULL, 'main') EXCEPT SELECT * FROM temp.emergency_orphans;
SELECT 'Rows of ' || "table" || ' that refer to ' || parent || ': ' || count(*)
  FROM temp.emergency_losses GROUP BY "table", parent;
INSERT INTO temp.emergency_checks (orphans) SELECT count(*) FROM temp.emergency_losses;
DROP TABLE temp.emergency_losses;
DROP TABLE temp.emergency_orphans;
DROP TABLE temp.emergency_dependents;
DROP TABLE temp.emergency_checks;
COMMIT;
SELECT ${text(`${version} is rolled back.`)};
`
}
