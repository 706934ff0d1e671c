-- Emergency rollback of v004_add_rate_limiting (Rate limiting and API throttling), for SQLite.
--
-- For when the rollback command cannot run: this needs the sqlite3 shell alone. Stop the application and what else
-- writes to the database, keep a copy, then run it:
--
--   sqlite3 DATABASE ".backup COPY"
--   sqlite3 -bail DATABASE < THIS_FILE
--
-- Everything happens in one transaction, with its record in schema_migrations, or nothing does. It refuses when the
-- version is not applied, when applied versions depend on it, and when rows would lose what they refer to.
-- What it drops is in your copy only. Generated from the migration's down: do not edit.

.bail on
.timeout 10000
PRAGMA foreign_keys = OFF;
BEGIN IMMEDIATE;

-- Refuses, before anything is changed.
CREATE TEMP TABLE emergency_checks (
  applied INTEGER CONSTRAINT "v004_add_rate_limiting is not applied: there is nothing to roll back"
    CHECK (applied > 0),
  dependents INTEGER CONSTRAINT "applied versions depend on v004_add_rate_limiting: roll those back first"
    CHECK (dependents = 0),
  orphans INTEGER CONSTRAINT "rows of other tables would lose what they refer to"
    CHECK (orphans = 0)
);
INSERT INTO temp.emergency_checks (applied)
  SELECT count(*) FROM main.schema_migrations
  WHERE version = 'v004_add_rate_limiting' AND coalesce(status, 'applied') = 'applied';
CREATE TEMP TABLE emergency_dependents AS
  SELECT version FROM main.schema_migrations
  WHERE version <> 'v004_add_rate_limiting' AND coalesce(status, 'applied') = 'applied'
    AND (instr(metadata_json, '"v004_add_rate_limiting"') > 0);
SELECT 'Roll back first: ' || version FROM temp.emergency_dependents ORDER BY version DESC;
INSERT INTO temp.emergency_checks (dependents) SELECT count(*) FROM temp.emergency_dependents;
CREATE TEMP TABLE emergency_orphans AS SELECT * FROM pragma_foreign_key_check(NULL, 'main');

-- The record.
UPDATE main.schema_migrations
  SET status = 'rolled_back', rollback_applied = 1, error_message = NULL,
    rollback_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
  WHERE version = 'v004_add_rate_limiting';

-- What the migration's down runs.
drop table "throttle_events";
drop table "api_quotas";
drop table "rate_limit_violations";
drop table "rate_limit_buckets";
drop table "rate_limit_rules";

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
SELECT 'v004_add_rate_limiting is rolled back.';
