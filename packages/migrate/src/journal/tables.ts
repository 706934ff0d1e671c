import { ARCHIVE_TABLE, JOURNAL_TABLE, type JournalTypes, LOG_TABLE } from '../dialect/port.ts'

/**
 * The journal's tables. `schema_migrations` has the columns of the tool that this one can take over from, so that SQL
 * written for it still works by hand; `schema_migration_log` is append-only; `schema_migration_archive` keeps what the
 * log speaks of: snapshots of the schema, by the entry that they follow, and the texts of applied files, by checksum.
 */
export const journalTables = (
  { identity, sequence, timestamp, bytes }: JournalTypes,
  prefix: string,
) => ({
  rows: `CREATE TABLE IF NOT EXISTS ${prefix}${JOURNAL_TABLE} (
  id ${identity},
  version VARCHAR(255) NOT NULL UNIQUE,
  description TEXT,
  applied_at ${timestamp} NOT NULL,
  execution_time_ms INTEGER,
  checksum VARCHAR(64),
  rollback_applied BOOLEAN DEFAULT FALSE,
  rollback_at ${timestamp},
  status VARCHAR(20) DEFAULT 'applied',
  error_message TEXT,
  metadata_json TEXT
)`,
  log: `CREATE TABLE IF NOT EXISTS ${prefix}${LOG_TABLE} (
  seq ${sequence},
  event VARCHAR(30) NOT NULL,
  version VARCHAR(255),
  status VARCHAR(20),
  checksum VARCHAR(64),
  at ${timestamp} NOT NULL,
  duration_ms INTEGER,
  run_id VARCHAR(36) NOT NULL,
  db_user TEXT,
  os_user TEXT,
  host TEXT,
  pid INTEGER,
  tool_version VARCHAR(40) NOT NULL,
  reason TEXT,
  detail_json TEXT,
  prev_hash VARCHAR(64) NOT NULL UNIQUE,
  hash VARCHAR(64) NOT NULL
)`,
  archive: `CREATE TABLE IF NOT EXISTS ${prefix}${ARCHIVE_TABLE} (
  kind VARCHAR(10) NOT NULL,
  key VARCHAR(64) NOT NULL,
  at ${timestamp} NOT NULL,
  content ${bytes} NOT NULL,
  hash VARCHAR(64) NOT NULL,
  PRIMARY KEY (kind, key)
)`,
})
