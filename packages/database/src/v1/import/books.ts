import type { DialectName, Look, Work } from '@fossawork/migrate'
import type { Outcome } from '../record.ts'

/**
 * What an import keeps of itself, so that every row of V2 can be traced to its record of V1 and back. Made by the first
 * import and by no migration: a database that never had a V1 has no tables for one.
 */
export const BOOKS = ['v1_imports', 'v1_import_files', 'v1_import_records'] as const

type Query = Pick<Look, 'query' | 'dialect'>

export async function booksExist({ query, dialect }: Query): Promise<boolean> {
  const { rows } = await query(
    dialect === 'sqlite'
      ? "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'v1_imports'"
      : "SELECT 1 FROM pg_class WHERE oid = to_regclass('v1_imports')",
  )
  return rows.length > 0
}

export async function createBooks(work: Work): Promise<void> {
  const statements = createStatements(work.dialect)
  await work.transaction(async () => {
    for (const statement of statements) await work.query(statement)
  })
}

const COUNTS: readonly string[] = [
  'read',
  'imported',
  'merged',
  'unchanged',
  'conflict',
  'quarantined',
]

function createStatements(dialect: DialectName): string[] {
  const [time, bigint] = dialect === 'sqlite' ? ['TIMESTAMP', 'INTEGER'] : ['timestamptz', 'bigint']
  const counts = COUNTS.map((name) => `"${name}" ${bigint}`).join(', ')
  return [
    `CREATE TABLE IF NOT EXISTS v1_imports (id VARCHAR(36) NOT NULL PRIMARY KEY,
      status VARCHAR(12) NOT NULL, directory TEXT NOT NULL, directory_digest VARCHAR(22) NOT NULL,
      options TEXT NOT NULL, digest_key TEXT NOT NULL, archive TEXT,
      started_at ${time} NOT NULL, finished_at ${time}, ${counts})`,
    `CREATE TABLE IF NOT EXISTS v1_import_files (id INTEGER NOT NULL PRIMARY KEY,
      import_id VARCHAR(36) NOT NULL, file TEXT NOT NULL, user_id VARCHAR(32),
      bytes ${bigint} NOT NULL, ${counts})`,
    `CREATE TABLE IF NOT EXISTS v1_import_records (user_id VARCHAR(32) NOT NULL,
      target_table VARCHAR(50) NOT NULL, identity TEXT NOT NULL, file_id INTEGER NOT NULL,
      position TEXT NOT NULL, digest VARCHAR(22) NOT NULL, row_digest VARCHAR(22),
      outcome VARCHAR(12) NOT NULL, target_id TEXT, code VARCHAR(30), reason TEXT, content TEXT,
      PRIMARY KEY (user_id, target_table, identity))`,
  ]
}

/** A record as an earlier run, or this one before it was killed, has left it. */
export interface KnownRecord {
  readonly digest: string
  readonly rowDigest: string | null
  readonly outcome: Outcome
  readonly targetId: string | null
  readonly fileId: number
}

export const RECORD_COLUMNS = [
  'user_id',
  'target_table',
  'identity',
  'file_id',
  'position',
  'digest',
  'row_digest',
  'outcome',
  'target_id',
  'code',
  'reason',
  'content',
] as const

/** What finds a record: the owner ('' for nobody), the table ('' for a quarantined one) and its identity there. */
export interface RecordKey {
  readonly userId: string
  readonly table: string
  readonly identity: string
}

export const keyText = ({ userId, table, identity }: RecordKey): string =>
  `${userId}\n${table}\n${identity}`

interface RecordRow {
  readonly user_id: string
  readonly target_table: string
  readonly identity: string
  readonly digest: string
  readonly row_digest: string | null
  readonly outcome: Outcome
  readonly target_id: string | null
  readonly file_id: number
}

/** Those of the keys that are known, by {@link keyText}. */
export async function findRecords(
  { query, dialect }: Query,
  keys: readonly RecordKey[],
): Promise<Map<string, KnownRecord>> {
  const found = new Map<string, KnownRecord>()
  for (const { userId, table, identities } of grouped(keys)) {
    const { rows } = await query<RecordRow>(
      `SELECT identity, digest, row_digest, outcome, target_id, file_id FROM v1_import_records
       WHERE user_id = $1 AND target_table = $2 AND ${isAmong('identity', 3, dialect)}`,
      [userId, table, identities],
    )
    for (const row of rows) {
      found.set(keyText({ userId, table, identity: row.identity }), knownOf(row))
    }
  }
  return found
}

/** Takes records out of the books, to be written anew or because they came to something else. */
export async function removeRecords(
  { query, dialect }: Query,
  keys: readonly RecordKey[],
): Promise<void> {
  for (const { userId, table, identities } of grouped(keys)) {
    await query(
      `DELETE FROM v1_import_records
       WHERE user_id = $1 AND target_table = $2 AND ${isAmong('identity', 3, dialect)}`,
      [userId, table, identities],
    )
  }
}

const AT_ONCE = 500

interface Group extends Pick<RecordKey, 'userId' | 'table'> {
  readonly identities: readonly string[]
}

function* grouped(keys: readonly RecordKey[]): Generator<Group> {
  for (const group of Map.groupBy(keys, ({ userId, table }) => `${userId}\n${table}`).values()) {
    const [{ userId, table }] = group as [RecordKey]
    for (let at = 0; at < group.length; at += AT_ONCE) {
      const identities = group.slice(at, at + AT_ONCE).map(({ identity }) => identity)
      yield { userId, table, identities }
    }
  }
}

/** Whether a column is one of the values in the list that is the n-th parameter. */
export const isAmong = (column: string, n: number, dialect: DialectName): string =>
  dialect === 'sqlite'
    ? `${column} IN (SELECT value FROM json_each($${n}))`
    : `${column} = ANY($${n})`

const knownOf = (row: RecordRow): KnownRecord => ({
  digest: row.digest,
  rowDigest: row.row_digest,
  outcome: row.outcome,
  targetId: row.target_id,
  fileId: row.file_id,
})
