import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type CatalogueEntry, readCatalogue } from '../../src/backup/catalogue/catalogue.ts'
import type { DatabaseId } from '../../src/backup/catalogue/index-file.ts'
import { MANIFEST_FORMAT, type Manifest } from '../../src/backup/catalogue/manifest.ts'
import { type Published, publishBackup } from '../../src/backup/catalogue/publish.ts'
import { verifyCatalogue } from '../../src/backup/catalogue/verify.ts'
import { temporaryName } from '../../src/backup/files.ts'
import { stamp } from '../../src/file-system.ts'

export const PETS: DatabaseId = { dialect: 'sqlite', identity: '/data/pets.db' }
export const BIRDS: DatabaseId = { dialect: 'sqlite', identity: '/data/birds.db' }

export interface Made {
  readonly at?: string
  readonly database?: DatabaseId
  readonly reason?: Manifest['reason']
  readonly contents?: Buffer
}

const sha256 = (contents: Buffer): string => createHash('sha256').update(contents).digest('hex')

/** What a backup of these contents says of itself. */
export function describeBackup(file: string, contents: Buffer, made: Made = {}): Manifest {
  const at = new Date(made.at ?? '2026-11-22T10:00:00Z').toISOString()
  const measure = { bytes: contents.length, sha256: sha256(contents) }
  return {
    format: MANIFEST_FORMAT,
    id: randomUUID(),
    file,
    takenAt: at,
    by: { osUser: 'ann', host: 'here', pid: 1, toolVersion: '0.1.0' },
    reason: made.reason ?? { kind: 'manual' },
    database: { ...(made.database ?? PETS), serverVersion: '3.53.4' },
    schema: { version: 'v1', log: null },
    ...measure,
    raw: measure,
    content: { method: 'test', digest: measure.sha256, rows: { pet: 1 } },
    verified: { at, checks: ['content', 'read'] },
    tier: 'daily',
    compression: 'none',
    encryption: null,
  }
}

/** A temporary file, as a backup that was just copied and checked. */
export async function temporaryFile(folder: string, contents: Buffer): Promise<string> {
  await mkdir(join(folder, 'daily'), { recursive: true, mode: 0o700 })
  const file = join(folder, 'daily', temporaryName('backup_test'))
  await writeFile(file, contents, { mode: 0o600 })
  return file
}

/** Publishes a small backup of random contents. */
export async function makeBackup(folder: string, made: Made = {}): Promise<Published> {
  const contents = made.contents ?? randomBytes(5000)
  const name = `backup_${stamp(new Date(made.at ?? '2026-11-22T10:00:00Z'))}`
  const temporary = await temporaryFile(folder, contents)
  return publishBackup(folder, temporary, { name, extension: 'db' }, (file) =>
    describeBackup(file, contents, made),
  )
}

export async function entry(folder: string, id: string): Promise<CatalogueEntry> {
  const found = (await readCatalogue(folder)).entries.find(({ manifest }) => manifest.id === id)
  if (!found) throw new Error(`no entry ${id}`)
  return found
}

/** The codes of all that verifying a folder finds, in order of the alphabet. */
export async function findingCodes(folder: string): Promise<string[]> {
  const { backups, findings } = await verifyCatalogue({ folder })
  return [...backups.flatMap((backup) => backup.findings), ...findings]
    .map(({ code }) => code)
    .sort()
}

/** The names in a folder's tiers, manifests left out. */
export async function namesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true })
  return names.filter((name) => name.includes('backup_') && !name.endsWith('.json')).sort()
}
