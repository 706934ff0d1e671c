import { randomUUID } from 'node:crypto'
import { type Look, MigrateError, type Work } from '@fossawork/migrate'
import { open, parseSealed, seal } from '../../credentials/cipher.ts'
import type { FieldKeys } from '../../credentials/keys.ts'
import { placeOf } from '../../credentials/places.ts'
import { TARGETS } from '../map/tables.ts'
import { booksExist, createBooks } from './books.ts'
import { createDigest, newDigestKey } from './digest.ts'
import { type InQuarantine, quarantineKey, readQuarantine } from './quarantine.ts'
import type { Occupied } from './settled.ts'

/** An import that begins, or goes on where it was interrupted. */
export interface OpenImport {
  readonly id: string
  /** Of the keyed digests. */
  readonly digestKey: string
  readonly occupied: Occupied
  /** The users that V2 has: their e-mails, by id. */
  readonly users: ReadonlyMap<string, string>
  /** Numbers of this import's files, by path; empty where it begins. */
  readonly files: ReadonlyMap<string, number>
  readonly nextFile: number
  /** What stands in quarantine. */
  readonly quarantine: readonly InQuarantine[]
  /** What the last finished import of the very same directory was archived as; null where there is none. */
  readonly archive: string | null
}

interface ImportRow {
  readonly id: string
  readonly status: string
  readonly directory_digest: string
  readonly options: string
  readonly digest_key: string
  readonly archive: string | null
}

/** What an import is of; the same again goes on where the last one was interrupted. */
export interface ImportSubject {
  readonly directory: string
  /** Names, sizes and times of all that is in the directory. */
  readonly listing: string
  readonly options: string
}

/**
 * Looks at what earlier imports left. Writes nothing. Throws KEY_MISSING and CREDENTIAL_UNREADABLE where the master key
 * is not the one that they used.
 */
export async function lookAtImports(
  db: Look,
  subject: ImportSubject,
  keys: FieldKeys,
): Promise<OpenImport & { readonly listingDigest: string }> {
  const imports = (await booksExist(db)) ? await readImports(db) : []
  const [latest] = imports
  const digestKey = latest ? openDigestKey(latest, keys) : newDigestKey()
  const digest = createDigest(digestKey)
  const listingDigest = digest(subject.listing)
  const same = imports.filter((row) => row.directory_digest === listingDigest)
  const running = same.find((row) => row.status === 'running' && row.options === subject.options)
  const files = running ? await filesOf(db, running.id) : new Map<string, number>()
  return {
    id: running?.id ?? randomUUID(),
    digestKey,
    listingDigest,
    occupied: {
      records: imports.length ? await ownersOf(db, 'v1_import_records') : new Set<string>(),
      rows: await occupiedRows(db),
    },
    users: await usersOf(db),
    files,
    quarantine: imports.length ? await quarantineOf(db) : [],
    nextFile: imports.length ? await nextFileOf(db) : 1,
    archive: same.find(({ archive }) => archive !== null)?.archive ?? null,
  }
}

/** Makes the books, and opens the import in them. */
export async function openImport(
  work: Work,
  subject: ImportSubject,
  { keys, archive }: { readonly keys: FieldKeys; readonly archive: string | null },
): Promise<OpenImport> {
  if (!(await booksExist(work))) await createBooks(work)
  const found = await lookAtImports(work, subject, keys)
  await work.transaction(async () => {
    await work.query(
      "UPDATE v1_imports SET status = 'abandoned' WHERE status = 'running' AND id <> $1",
      [found.id],
    )
    await work.query(
      `INSERT INTO v1_imports (id, status, directory, directory_digest, options, digest_key,
         archive, started_at) VALUES ($1, 'running', $2, $3, $4, $5, $6, $7)
       ON CONFLICT (id) DO UPDATE SET archive = excluded.archive`,
      [
        found.id,
        subject.directory,
        found.listingDigest,
        subject.options,
        seal(found.digestKey, keyPlace(found.id), keys),
        archive,
        new Date().toISOString(),
      ],
    )
  })
  return found
}

/** Throws KEY_MISSING for a ring without the key that earlier imports used, CREDENTIAL_UNREADABLE for an altered one. */
function openDigestKey({ id, digest_key: sealed }: ImportRow, keys: FieldKeys): string {
  const used = parseSealed(sealed)?.keyId
  if (used !== undefined && !keys.byId(used)) {
    throw new MigrateError('KEY_MISSING', {
      message: `Earlier imports were made with the master key ${used}, which is not in ${keys.from}: without it nobody can tell what they brought.`,
      hint: `Add the line of the key ${used} again, below the primary one, then run it again.`,
    })
  }
  return open(sealed, keyPlace(id), keys)
}

function keyPlace(id: string) {
  const place = placeOf('v1_imports', 'digest_key', { id })
  if (!place) throw new Error('v1_imports.digest_key has no place')
  return place
}

const readImports = async (db: Look): Promise<ImportRow[]> =>
  (
    await db.query<ImportRow>(
      `SELECT id, status, directory_digest, options, digest_key, archive FROM v1_imports
       ORDER BY started_at DESC, id`,
    )
  ).rows

async function filesOf(db: Look, importId: string): Promise<Map<string, number>> {
  const { rows } = await db.query<{ id: number; file: string }>(
    'SELECT id, file FROM v1_import_files WHERE import_id = $1',
    [importId],
  )
  return new Map(rows.map(({ id, file }) => [file, id]))
}

async function quarantineOf(db: Look): Promise<InQuarantine[]> {
  const rows = await readQuarantine(db)
  return rows.map((row) => {
    const { file, position, digest } = row
    return { ...quarantineKey(row), file, position, digest }
  })
}

async function usersOf(db: Look): Promise<Map<string, string>> {
  const { rows } = await db.query<{ id: string; email: string }>('SELECT id, email FROM users')
  return new Map(rows.map(({ id, email }) => [id, email]))
}

async function nextFileOf(db: Look): Promise<number> {
  const { rows } = await db.query<{ last: number | null }>(
    'SELECT max(id) AS last FROM v1_import_files',
  )
  return (rows[0]?.last ?? 0) + 1
}

/** What is there already, whoever wrote it: a fresh database is never searched for rows that it cannot have. */
async function occupiedRows(db: Look): Promise<Set<string>> {
  const occupied = new Set<string>()
  for (const { name, key, columns } of TARGETS) {
    if (key === null) continue
    const owner = ownerColumn(name, columns)
    for (const userId of await ownersOf(db, owner.from, owner.column)) {
      occupied.add(`${name}\n${userId}`)
    }
  }
  return occupied
}

function ownerColumn(table: string, columns: object): { from: string; column: string } {
  if (table === 'users') return { from: 'users', column: 'id' }
  if (table === 'global_settings') return { from: 'global_settings', column: "''" }
  // a dispenser is its work order's owner's
  return { from: 'user_id' in columns ? table : 'work_orders', column: 'user_id' }
}

async function ownersOf(db: Look, table: string, column = 'user_id'): Promise<Set<string>> {
  const { rows } = await db.query<{ owner: string }>(
    `SELECT DISTINCT ${column} AS owner FROM ${table}`,
  )
  return new Set(rows.map(({ owner }) => owner))
}
