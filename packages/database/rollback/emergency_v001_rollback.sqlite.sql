-- Emergency rollback of v001_initial_schema (Initial database schema with the core tables), for SQLite.
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
  applied INTEGER CONSTRAINT "v001_initial_schema is not applied: there is nothing to roll back"
    CHECK (applied > 0),
  dependents INTEGER CONSTRAINT "applied versions depend on v001_initial_schema: roll those back first"
    CHECK (dependents = 0),
  orphans INTEGER CONSTRAINT "rows of other tables would lose what they refer to"
    CHECK (orphans = 0)
);
INSERT INTO temp.emergency_checks (applied)
  SELECT count(*) FROM main.schema_migrations
  WHERE version = 'v001_initial_schema' AND coalesce(status, 'applied') = 'applied';
CREATE TEMP TABLE emergency_dependents AS
  SELECT version FROM main.schema_migrations
  WHERE version <> 'v001_initial_schema' AND coalesce(status, 'applied') = 'applied'
    AND (version IN ('v002_add_security_tables', 'v003_add_indexes', 'v004_add_rate_limiting', 'v005_add_audit_tables', 'v006_add_monitoring_tables')
      OR instr(metadata_json, '"v001_initial_schema"') > 0);
SELECT 'Roll back first: ' || version FROM temp.emergency_dependents ORDER BY version DESC;
INSERT INTO temp.emergency_checks (dependents) SELECT count(*) FROM temp.emergency_dependents;
CREATE TEMP TABLE emergency_orphans AS SELECT * FROM pragma_foreign_key_check(NULL, 'main');

-- The record.
UPDATE main.schema_migrations
  SET status = 'rolled_back', rollback_applied = 1, error_message = NULL,
    rollback_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
  WHERE version = 'v001_initial_schema';

-- What the migration's down runs.
drop table "automation_jobs";
drop table "dispensers";
drop table "filter_inventory_alerts";
drop table "filter_reorder_history";
drop table "filter_allocations";
drop table "filter_inventory_transactions";
drop table "user_credentials";
drop table "user_change_history";
drop table "user_batch_history";
drop table "user_schedule_changes";
drop table "user_completed_jobs";
drop table "prover_settings";
drop table "user_scraped_content";
drop table "user_dispenser_data";
drop table "user_activities";
drop table "user_preferences";
drop table "user_sessions";
drop table "work_orders";
drop table "scraping_statistics";
drop table "scraping_history";
drop table "scraping_schedules";
drop table "filter_usage_patterns";
drop table "filter_inventory";
drop table "tutorial_data";
drop table "global_settings";
drop table "users";

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
SELECT 'v001_initial_schema is rolled back.';
