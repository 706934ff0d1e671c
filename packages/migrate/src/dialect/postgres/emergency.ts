import { stringLiteral } from '../../sql/inline.ts'
import { type EmergencyPort, type EmergencyRollback, JOURNAL_TABLE } from '../port.ts'
import { postgresKysely } from './kysely.ts'
import { LOCK_KEY } from './names.ts'

/** Scripts for `psql`. */
export const emergency: EmergencyPort = {
  kysely: (session) => postgresKysely(session, () => true),
  script,
}

const text = (value: string): string => stringLiteral(value, 'postgres')

/** The record comes before the down, which may change where tables are looked for. */
function script({ version, description, dependents, statements }: EmergencyRollback): string {
  const row = `version = ${text(version)}`
  const needs = [
    ...(dependents.length > 0 ? [`version IN (${dependents.map(text).join(', ')})`] : []),
    `position(${text(JSON.stringify(version))} IN metadata_json::text) > 0`,
  ]
  return `-- Emergency rollback of ${version} (${description}), for PostgreSQL.
--
-- For when the rollback command cannot run: this needs psql alone. Stop the application, keep a copy, then run it
-- as the role that owns the tables:
--
--   pg_dump --format=custom --file=COPY DATABASE
--   psql --set=ON_ERROR_STOP=1 --file=THIS_FILE DATABASE
--
-- Everything happens in one transaction, with its record in ${JOURNAL_TABLE}, or nothing does. It refuses when the
-- version is not applied, when applied versions depend on it, and while a migration runs.
-- What it drops is in your copy only. Generated from the migration's down: do not edit.

\\set ON_ERROR_STOP on
\\set QUIET on
BEGIN;
SET LOCAL lock_timeout = '10s';

-- Refuses, before anything is changed.
LOCK TABLE ${JOURNAL_TABLE} IN SHARE ROW EXCLUSIVE MODE;
DO $emergency$
DECLARE
  dependents text;
BEGIN
  IF NOT pg_try_advisory_xact_lock(${LOCK_KEY}) THEN
    RAISE EXCEPTION 'a migration is running: wait for its end, or stop it';
  END IF;
  IF NOT EXISTS (
    SELECT FROM ${JOURNAL_TABLE}
    WHERE ${row} AND coalesce(status, 'applied') = 'applied'
  ) THEN
    RAISE EXCEPTION '% is not applied: there is nothing to roll back', ${text(version)};
  END IF;
  SELECT string_agg(version, ', ' ORDER BY version DESC) INTO dependents FROM ${JOURNAL_TABLE}
  WHERE version <> ${text(version)} AND coalesce(status, 'applied') = 'applied'
    AND (${needs.join('\n      OR ')});
  IF dependents IS NOT NULL THEN
    RAISE EXCEPTION 'applied versions depend on %: roll these back first: %',
      ${text(version)}, dependents;
  END IF;
END
$emergency$;

-- The record.
SET LOCAL TimeZone = 'UTC';
UPDATE ${JOURNAL_TABLE}
  SET status = 'rolled_back', rollback_applied = TRUE, error_message = NULL, rollback_at = now()
  WHERE ${row};
SET LOCAL TimeZone TO DEFAULT;

-- What the migration's down runs.
${statements.map((statement) => `${statement}\n`).join('')}
COMMIT;
\\echo ${text(`${version} is rolled back.`)}
`
}
