-- Emergency rollback of v003_add_indexes (Performance indexes), for PostgreSQL.
--
-- For when the rollback command cannot run: this needs psql alone. Stop the application, keep a copy, then run it
-- as the role that owns the tables:
--
--   pg_dump --format=custom --file=COPY DATABASE
--   psql --set=ON_ERROR_STOP=1 --file=THIS_FILE DATABASE
--
-- Everything happens in one transaction, with its record in schema_migrations, or nothing does. It refuses when the
-- version is not applied, when applied versions depend on it, and while a migration runs.
-- What it drops is in your copy only. Generated from the migration's down: do not edit.

\set ON_ERROR_STOP on
\set QUIET on
BEGIN;
SET LOCAL lock_timeout = '10s';

-- Refuses, before anything is changed.
LOCK TABLE schema_migrations IN SHARE ROW EXCLUSIVE MODE;
DO $emergency$
DECLARE
  dependents text;
BEGIN
  IF NOT pg_try_advisory_xact_lock(1429311046226866872) THEN
    RAISE EXCEPTION 'a migration is running: wait for its end, or stop it';
  END IF;
  IF NOT EXISTS (
    SELECT FROM schema_migrations
    WHERE version = 'v003_add_indexes' AND coalesce(status, 'applied') = 'applied'
  ) THEN
    RAISE EXCEPTION '% is not applied: there is nothing to roll back', 'v003_add_indexes';
  END IF;
  SELECT string_agg(version, ', ' ORDER BY version DESC) INTO dependents FROM schema_migrations
  WHERE version <> 'v003_add_indexes' AND coalesce(status, 'applied') = 'applied'
    AND (position('"v003_add_indexes"' IN metadata_json::text) > 0);
  IF dependents IS NOT NULL THEN
    RAISE EXCEPTION 'applied versions depend on %: roll these back first: %',
      'v003_add_indexes', dependents;
  END IF;
END
$emergency$;

-- The record.
SET LOCAL TimeZone = 'UTC';
UPDATE schema_migrations
  SET status = 'rolled_back', rollback_applied = TRUE, error_message = NULL, rollback_at = now()
  WHERE version = 'v003_add_indexes';
SET LOCAL TimeZone TO DEFAULT;

-- What the migration's down runs.
alter table "work_orders" drop column "search";
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

COMMIT;
\echo 'v003_add_indexes is rolled back.'
