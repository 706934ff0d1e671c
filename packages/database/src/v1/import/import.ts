import { join } from 'node:path'
import {
  MigrateError,
  type Migrator,
  stamp,
  type ValidationResult,
  type Work,
  writeArchive,
} from '@fossawork/migrate'
import { tarOf } from '../directory/archive.ts'
import { assertUnchanged } from '../directory/compare-inventories.ts'
import { type Inventory, readInventory } from '../directory/inventory.ts'
import { assertApart } from './assert-apart.ts'
import { isIntact } from './earlier-archive.ts'
import { finishImport } from './finish-import.ts'
import { keysOf, NEEDS } from './needs.ts'
import { type ImportSubject, lookAtImports, openImport } from './open-import.ts'
import { assertUsers } from './plan-users.ts'
import type { ImportReport } from './report.ts'
import {
  type Reconciliation,
  type RowOptions,
  type RunOptions,
  runImport,
  type Timings,
} from './run-import.ts'
import { walk } from './walk.ts'

/** What every import takes. */
export interface RunChoices extends RowOptions {
  /** Read and map everything, write nothing. Default false. */
  readonly dryRun?: boolean
  /** Take a verified backup first. Default true. */
  readonly backup?: boolean
}

export interface ImportOptions extends RunChoices {
  /** V1's data directory. */
  readonly v1Data: string
  /** Only these users of V1, by id or e-mail. Default: all, and what belongs to nobody. */
  readonly users?: readonly string[]
  /** Archive the directory first. Default true. */
  readonly archive?: boolean
}

export interface ImportResult {
  readonly outcome: 'done' | 'nothing' | 'planned'
  readonly report: ImportReport
  /** The import's id in `v1_imports`; null for a dry run. */
  readonly importId: string | null
  /** The safety backup. */
  readonly backup: string | null
  /** The archive of the V1 directory. */
  readonly archive: string | null
  /** What was read back from the database; null for a dry run. */
  readonly reconciliation: Reconciliation | null
  /** In milliseconds. */
  readonly timings: Timings
  /** What was checked of the database afterwards; null where nothing was written. */
  readonly validation: ValidationResult | null
}

/** What comes of the import itself. */
export type Imported = Omit<ImportResult, 'validation'> & { readonly outcome: 'done' | 'nothing' }

/**
 * Moves a V1 data directory into V2: a verified backup, an encrypted archive of the directory, every record accounted
 * for, every row read back and compared. A second run imports nothing; one that was interrupted goes on. Throws
 * IMPORT_SOURCE_NOT_FOUND, IMPORT_SOURCE_CHANGED, IMPORT_USER_UNKNOWN, IMPORT_MISMATCH, KEY_MISSING, NOT_APPLIED.
 */
export async function importV1(migrator: Migrator, options: ImportOptions): Promise<ImportResult> {
  const inventory = await readInventory(options.v1Data)
  const subject = subjectOf(inventory, options)
  // before anything is written or waited for
  const planned = await migrator.look({ name: 'import-v1', needs: NEEDS }, async (look) => {
    await assertApart(look, inventory.directory)
    const keys = await keysOf(look)
    const found = await lookAtImports(look, subject, keys)
    const { signal } = look
    if (options.users) await assertUsers(inventory, options.users, { known: found.users, signal })
    if (!options.dryRun) return null
    const about = aboutRun(inventory, options, null)
    return runImport(look, { ...about, keys, found, work: null })
  })
  if (planned) {
    const { report, timings } = planned
    return { ...NOTHING_WRITTEN, outcome: 'planned', report, timings }
  }
  const { backup = true } = options
  const done = await migrator.work({ name: 'import-v1', needs: NEEDS, backup }, (work) =>
    importUnderLock(work, { inventory, subject, options }),
  )
  return { ...done, validation: await validateImport(migrator) }
}

/** Checks all that an import could have done wrong; null where nothing is to be checked after a change. */
export async function validateImport(migrator: Migrator): Promise<ValidationResult | null> {
  if (migrator.validateAfter === 'off') return null
  return migrator.validate({ categories: ['schema', 'constraints', 'data', 'tracking'] })
}

/** Of a run that only looked. */
export const NOTHING_WRITTEN = {
  importId: null,
  backup: null,
  archive: null,
  reconciliation: null,
  validation: null,
}

interface Importing {
  readonly inventory: Inventory
  readonly subject: ImportSubject
  readonly options: ImportOptions
}

async function importUnderLock(
  work: Work,
  { inventory, subject, options }: Importing,
): Promise<Imported> {
  const keys = await keysOf(work)
  const before = await lookAtImports(work, subject, keys)
  const { archive, archived } = await archiveOnce(work, inventory, before.archive, options)
  assertUnchanged(inventory, await readInventory(inventory.directory))
  const found = await openImport(work, subject, { keys, archive })
  const about = aboutRun(inventory, options, archived)
  const done = await runImport(work, { ...about, keys, found, work })
  assertUnchanged(inventory, await readInventory(inventory.directory))
  const { totals } = done.report
  await finishImport(work, found.id, totals)
  await work.note({ import: found.id, directory: inventory.directory, ...totals, archive })
  return {
    outcome: totals.imported > 0 ? 'done' : 'nothing',
    report: done.report,
    importId: found.id,
    backup: work.backup,
    archive,
    reconciliation: done.reconciliation,
    timings: done.timings,
  }
}

/** What is imported, from where. */
const aboutRun = (
  inventory: Inventory,
  options: ImportOptions,
  archived: ReadonlyMap<string, string> | null,
): Omit<RunOptions, 'keys' | 'found' | 'work'> => ({
  directory: inventory.directory,
  total: totalBytes(inventory),
  options,
  isRetry: false,
  steps: (hooks) => walk({ ...hooks, inventory, archived, only: options.users ?? null }),
})

const totalBytes = ({ entries }: Inventory): number =>
  entries.reduce((sum, { kind, bytes }) => sum + (kind === 'file' ? bytes : 0), 0)

/** The same directory with the same files is the same import: names, sizes and times of all of them. */
function subjectOf(
  inventory: Inventory,
  { users, onConflict = 'keep' }: ImportOptions,
): ImportSubject {
  const listing = inventory.entries.map(
    ({ path, kind, bytes, mtimeNs }) => [path, kind, bytes, String(mtimeNs)] as const,
  )
  return {
    directory: inventory.directory,
    listing: JSON.stringify(listing),
    options: JSON.stringify({ users: users?.toSorted() ?? null, onConflict }),
  }
}

interface Archived {
  readonly archive: string | null
  /** SHA-256 of every file that was archived just now; null where none was. */
  readonly archived: ReadonlyMap<string, string> | null
}

async function archiveOnce(
  work: Work,
  inventory: Inventory,
  earlier: string | null,
  { archive = true }: ImportOptions,
): Promise<Archived> {
  if (!archive) return { archive: null, archived: null }
  if (earlier && (await isIntact(work, earlier))) return { archive: earlier, archived: null }
  const ring = await work.keys()
  if (!ring) throw new MigrateError('KEY_MISSING')
  const total = totalBytes(inventory)
  let done = 0
  const { tar, digests } = tarOf(inventory, (bytes) => {
    done += bytes
    work.progress({ phase: 'archiving V1', done, total, unit: 'bytes', note: null })
  })
  const folder = join(work.backupFolder, 'v1-data')
  const manifest = await writeArchive({
    folder,
    name: `v1-data_${stamp(new Date())}.tar`,
    raw: () => tar,
    keys: ring,
    about: { directory: inventory.directory, files: inventory.entries.length, bytes: total },
    signal: work.signal,
    onProgress: () => {},
  })
  const file = join(folder, manifest.file)
  work.tell(`archive ${file} (${inventory.entries.length} files, encrypted, read back)`)
  return { archive: file, archived: digests }
}
