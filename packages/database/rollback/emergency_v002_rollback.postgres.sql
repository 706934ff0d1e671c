-- Emergency rollback of v002_add_security_tables (Security event logging), for PostgreSQL.
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
    WHERE version = 'v002_add_security_tables' AND coalesce(status, 'applied') = 'applied'
  ) THEN
    RAISE EXCEPTION '% is not applied: there is nothing to roll back', 'v002_add_security_tables';
  END IF;
  SELECT string_agg(version, ', ' ORDER BY version DESC) INTO dependents FROM schema_migrations
  WHERE version <> 'v002_add_security_tables' AND coalesce(status, 'applied') = 'applied'
    AND (version IN ('v003_add_indexes', 'v004_add_rate_limiting', 'v005_add_audit_tables')
      OR position('"v002_add_security_tables"' IN metadata_json::text) > 0);
  IF dependents IS NOT NULL THEN
    RAISE EXCEPTION 'applied versions depend on %: roll these back first: %',
      'v002_add_security_tables', dependents;
  END IF;
END
$emergency$;

-- The record.
SET LOCAL TimeZone = 'UTC';
UPDATE schema_migrations
  SET status = 'rolled_back', rollback_applied = TRUE, error_message = NULL, rollback_at = now()
  WHERE version = 'v002_add_security_tables';
SET LOCAL TimeZone TO DEFAULT;

-- What the migration's down runs.
drop table "session_tokens";
drop table "data_access_audit";
drop table "suspicious_activities";
drop table "api_access_logs";
drop table "failed_login_attempts";
drop table "security_events";

COMMIT;
\echo 'v002_add_security_tables is rolled back.'
