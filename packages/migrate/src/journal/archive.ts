import { hash } from 'node:crypto'
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { ARCHIVE_TABLE } from '../dialect/port.ts'
import type { Session } from '../dialect/session.ts'

/**
 * What is kept with the journal: 'snapshot' is the schema as a run left it, its key the number of the log's entry that
 * it follows; 'source' is a migration's text, its key the checksum.
 */
export type ArchiveKind = 'snapshot' | 'source'

/** One row of `schema_migration_archive`. */
export interface Kept {
  readonly kind: ArchiveKind
  readonly key: string
  /** ISO 8601, UTC. */
  readonly at: string
  /** Null where it is not what was kept: it was edited, or is damaged. */
  readonly text: string | null
}

/** How many snapshots are kept. */
const MOST_SNAPSHOTS = 10

/** What a text may unpack to, in bytes: a row that was made to fill the memory is damaged, too. */
const LONGEST_TEXT = 2 ** 28

/** Rows of one INSERT: SQLite takes 32,766 values. */
const BATCH = 500

/** Keeps a snapshot and lets go of all but the newest; `prefix` stands before the table's name. */
export async function keepSnapshot(
  session: Session,
  prefix: string,
  seq: number,
  text: string,
): Promise<void> {
  const table = `${prefix}${ARCHIVE_TABLE}`
  await insert(session, table, 'snapshot', [{ key: String(seq), text: Buffer.from(text) }])
  await session.query(
    `DELETE FROM ${table} WHERE kind = 'snapshot' AND key NOT IN
       (SELECT key FROM ${table} WHERE kind = 'snapshot' ${NEWEST_FIRST} LIMIT ${MOST_SNAPSHOTS})`,
  )
}

/** Keeps migrations' sources by their checksums; those of `checksums` that are not kept yet are asked for. */
export async function keepSources(
  session: Session,
  prefix: string,
  sources: ReadonlyMap<string, () => Buffer>,
): Promise<void> {
  const table = `${prefix}${ARCHIVE_TABLE}`
  const { rows } = await session.query<{ key: string }>(
    `SELECT key FROM ${table} WHERE kind = 'source'`,
  )
  const kept = new Set(rows.map(({ key }) => key))
  const missing = [...sources].filter(([checksum]) => !kept.has(checksum))
  for (let at = 0; at < missing.length; at += BATCH) {
    const batch = missing.slice(at, at + BATCH).map(([key, text]) => ({ key, text: text() }))
    await insert(session, table, 'source', batch)
  }
}

async function insert(
  session: Session,
  table: string,
  kind: ArchiveKind,
  entries: readonly { readonly key: string; readonly text: Buffer }[],
): Promise<void> {
  const at = new Date().toISOString()
  const values = entries.map(
    (_, row) => `('${kind}', $${row * 3 + 2}, $1, $${row * 3 + 3}, $${row * 3 + 4})`,
  )
  await session.query(
    `INSERT INTO ${table} (kind, key, at, content, hash) VALUES ${values.join(', ')}
     ON CONFLICT (kind, key) DO UPDATE SET at = excluded.at, content = excluded.content, hash = excluded.hash`,
    [at, ...entries.flatMap(({ key, text }) => [key, packed(text), hash('sha256', text, 'hex')])],
  )
}

const packed = (text: Buffer): Buffer =>
  zstdCompressSync(text, { params: { [constants.ZSTD_c_contentSizeFlag]: 1 } })

// keys of snapshots are numbers
const NEWEST_FIRST = 'ORDER BY LENGTH(key) DESC, key DESC'

/** The newest snapshot; null where none is kept. */
export async function readNewestSnapshot(session: Session): Promise<Kept | null> {
  const { rows } = await session.query<RawKept>(
    `${SELECT} WHERE kind = 'snapshot' ${NEWEST_FIRST} LIMIT 1`,
  )
  return rows[0] ? toKept(rows[0]) : null
}

/** A migration's source as it was when it was applied, LF and no BOM; null where it is not kept, or damaged. */
export async function readSource(session: Session, checksum: string): Promise<string | null> {
  const { rows } = await session.query<RawKept>(`${SELECT} WHERE kind = 'source' AND key = $1`, [
    checksum,
  ])
  return rows[0] ? toKept(rows[0]).text : null
}

/** All that is kept, a part at a time. */
export async function* readArchive(session: Session): AsyncGenerator<Kept> {
  let last = ['', '']
  while (true) {
    const { rows } = await session.query<RawKept>(
      `${SELECT} WHERE (kind, key) > ($1, $2) ORDER BY kind, key LIMIT 100`,
      last,
    )
    const newest = rows.at(-1)
    if (!newest) return
    for (const row of rows) yield toKept(row)
    last = [newest.kind, newest.key]
  }
}

const SELECT = `SELECT kind, key, at, content, hash FROM ${ARCHIVE_TABLE}`

interface RawKept {
  readonly kind: ArchiveKind
  readonly key: string
  readonly at: string
  readonly content: unknown
  readonly hash: string
}

const toKept = ({ kind, key, at, content, hash: expected }: RawKept): Kept => {
  const text = unpacked(content)
  const actual = text === null ? null : hash('sha256', text, 'hex')
  const isSound = actual === expected && (kind === 'snapshot' || actual === key)
  return { kind, key, at, text: isSound && text ? text.toString() : null }
}

function unpacked(content: unknown): Buffer | null {
  if (!ArrayBuffer.isView(content)) return null
  try {
    return zstdDecompressSync(content as NodeJS.ArrayBufferView<ArrayBuffer>, {
      maxOutputLength: LONGEST_TEXT,
    })
  } catch {
    return null
  }
}
