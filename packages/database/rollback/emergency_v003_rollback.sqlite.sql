-- Emergency rollback of v003_add_indexes (Performance indexes), for SQLite.
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
  applied INTEGER CONSTRAINT "v003_add_indexes is not applied: there is nothing to roll back"
    CHECK (applied > 0),
  dependents INTEGER CONSTRAINT "applied versions depend on v003_add_indexes: roll those back first"
    CHECK (dependents = 0),
  orphans INTEGER CONSTRAINT "rows of other tables would lose what they refer to"
    CHECK (orphans = 0)
);
INSERT INTO temp.emergency_checks (applied)
  SELECT count(*) FROM main.schema_migrations
  WHERE version = 'v003_add_indexes' AND coalesce(status, 'applied') = 'applied';
CREATE TEMP TABLE emergency_dependents AS
  SELECT version FROM main.schema_migrations
  WHERE version <> 'v003_add_indexes' AND coalesce(status, 'applied') = 'applied'
    AND (instr(metadata_json, '"v003_add_indexes"') > 0);
SELECT 'Roll back first: ' || version FROM temp.emergency_dependents ORDER BY version DESC;
INSERT INTO temp.emergency_checks (dependents) SELECT count(*) FROM temp.emergency_dependents;
CREATE TEMP TABLE emergency_orphans AS SELECT * FROM pragma_foreign_key_check(NULL, 'main');

-- The record.
UPDATE main.schema_migrations
  SET status = 'rolled_back', rollback_applied = 1, error_message = NULL,
    rollback_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
  WHERE version = 'v003_add_indexes';

-- What the migration's down runs.
DROP TRIGGER "work_orders_fts_insert";
DROP TRIGGER "work_orders_fts_update";
DROP TRIGGER "work_orders_fts_delete";
drop table "work_orders_fts";
drop table "work_orders_fts_map";
drop index "idx_scraping_schedules_type";
drop index "idx_scraping_schedules_next_run";
drop index "idx_scraping_schedules_user_active";
drop index "idx_automation_jobs_type";
drop index "idx_automation_jobs_created";
drop index "idx_automation_jobs_user_status";
drop index "idx_dispensers_automation";
drop index "idx_dispensers_status";
drop index "idx_dispensers_work_order_status_automation";
drop index "idx_dispensers_work_order_number";
drop index "idx_work_orders_visit";
drop index "idx_work_orders_service";
drop index "idx_work_orders_store";
drop index "idx_work_orders_external";
drop index "idx_work_orders_scheduled";
drop index "idx_work_orders_user_scheduled_status";
drop index "idx_work_orders_user_status";
drop index "idx_user_activities_user_type_created";
drop index "idx_user_activities_created_desc";
drop index "idx_user_preferences_updated";
drop index "idx_users_last_used";
drop index "idx_users_email_lower";

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
SELECT 'v003_add_indexes is rolled back.';
