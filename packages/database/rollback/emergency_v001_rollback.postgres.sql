-- Emergency rollback of v001_initial_schema (Initial database schema with the core tables), for PostgreSQL.
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
    WHERE version = 'v001_initial_schema' AND coalesce(status, 'applied') = 'applied'
  ) THEN
    RAISE EXCEPTION '% is not applied: there is nothing to roll back', 'v001_initial_schema';
  END IF;
  SELECT string_agg(version, ', ' ORDER BY version DESC) INTO dependents FROM schema_migrations
  WHERE version <> 'v001_initial_schema' AND coalesce(status, 'applied') = 'applied'
    AND (version IN ('v002_add_security_tables', 'v003_add_indexes', 'v004_add_rate_limiting', 'v005_add_audit_tables', 'v006_add_monitoring_tables')
      OR position('"v001_initial_schema"' IN metadata_json::text) > 0);
  IF dependents IS NOT NULL THEN
    RAISE EXCEPTION 'applied versions depend on %: roll these back first: %',
      'v001_initial_schema', dependents;
  END IF;
END
$emergency$;

-- The record.
SET LOCAL TimeZone = 'UTC';
UPDATE schema_migrations
  SET status = 'rolled_back', rollback_applied = TRUE, error_message = NULL, rollback_at = now()
  WHERE version = 'v001_initial_schema';
SET LOCAL TimeZone TO DEFAULT;

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

COMMIT;
\echo 'v001_initial_schema is rolled back.'
