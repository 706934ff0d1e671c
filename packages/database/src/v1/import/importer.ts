import { asMigrateError, type ErrorCode, type Look, type Work } from '@fossawork/migrate'
import type { Note } from '../record.ts'
import { removeRecords } from './books.ts'
import { writeFiles } from './files.ts'
import { addCounts, type Counts, noCounts, type OpenFile } from './open-file.ts'
import { isParent } from './orphans.ts'
import type { Passwords } from './passwords.ts'
import type { Prepared } from './prepared.ts'
import type { InQuarantine } from './quarantine.ts'
import type { Comparison, Reconciler } from './reconcile.ts'
import { resolvedQuarantine } from './resolve-quarantine.ts'
import { type SettleOptions, settle } from './settle.ts'
import type { Occupied, Pending, Settled } from './settled.ts'
import { write } from './write.ts'

/** What an importer works with. `work` is null for a dry run: it decides everything and writes nothing. */
export interface ImporterOptions extends Omit<SettleOptions, 'occupied' | 'isWriting' | 'planned'> {
  readonly db: Look
  readonly work: Work | null
  readonly occupied: Occupied
  readonly passwords: Passwords
  /** What stands in quarantine, by the place in V1. */
  readonly quarantine: readonly InQuarantine[]
  readonly onNote: (note: Note) => void
  /** Called with every quarantined record, once it is decided. */
  readonly onQuarantine: (pending: Pending) => void
  readonly reconciler: Reconciler
}

/** Takes V1's records one by one and brings them to V2 many at a time. */
export interface Importer {
  /** Whether so much waits by now that it is to be written. */
  add(record: Prepared, file: OpenFile): boolean
  /** A file without a record is accounted for as well. */
  fileOpened(file: OpenFile): void
  /** The file at this path is none of an import's: it is in the archive only. */
  fileLeftOut(path: string): void
  /** Writes all that waits; what is added before it is done waits for the next. One at a time. */
  flush(): Promise<void>
}

/** Enough for a transaction to be cheap, few enough for the writers of an application to get in between. */
const RECORDS_AT_ONCE = 2_000
const CHARACTERS_AT_ONCE = 4 * 2 ** 20

/** What comes of an application that writes, or removes, the same rows meanwhile. */
const MEANWHILE: readonly ErrorCode[] = ['DUPLICATE_ROW', 'FOREIGN_KEY_VIOLATION']

interface Waiting {
  readonly record: Prepared
  readonly file: OpenFile
}

interface Batch {
  readonly pendings: readonly Pending[]
  readonly files: ReadonlySet<OpenFile>
  readonly leftOut: ReadonlySet<string>
}

interface Written {
  readonly settled: readonly Settled[]
  readonly compared: readonly Comparison[]
}

export function createImporter(options: ImporterOptions): Importer {
  const { db, work, passwords, reconciler } = options
  const planned = new Set<string>()
  let leftOut = new Set<string>()
  let waiting: Waiting[] = []
  let size = 0
  let files = new Set<OpenFile>()
  // null once an application was seen to write the same rows: then everything is looked for
  let occupied: Occupied | null = options.occupied

  const settleAndWrite = async ({ pendings, files, leftOut }: Batch): Promise<Written> => {
    const isWriting = work !== null
    const settled = await settle(db, pendings, { ...options, occupied, planned, isWriting })
    if (!work) return { settled, compared: [] }
    const read = new Set([...[...files].map(({ path }) => path), ...leftOut])
    await removeRecords(work, resolvedQuarantine(settled, read, options.quarantine))
    const ids = await write(work, settled)
    await writeFiles(work, [...files], countsOf(settled))
    return { settled, compared: await reconciler.compare(settled, ids) }
  }
  const inTransaction = async (batch: Batch): Promise<Written> => {
    if (!work) return settleAndWrite(batch)
    try {
      return await work.transaction(() => settleAndWrite(batch))
    } catch (thrown) {
      if (occupied === null || !MEANWHILE.includes(asMigrateError(thrown).code)) throw thrown
      occupied = null
      return work.transaction(() => settleAndWrite(batch))
    }
  }
  const flush = async (): Promise<void> => {
    if (waiting.length === 0 && files.size === 0 && leftOut.size === 0) return
    // what is added from here on is of the next batch
    const taken = { waiting, files, leftOut }
    waiting = []
    size = 0
    files = new Set()
    leftOut = new Set()
    const users = await passwords.rowsOf(taken.waiting.map(({ record }) => record))
    const pendings = taken.waiting.map(({ record, file }): Pending => {
      const row = record.body.kind === 'row' ? record.body : (users.get(record) ?? null)
      return { record, file, row }
    })
    const { settled, compared } = await inTransaction({ ...taken, pendings })
    reconciler.add(compared)
    if (!work) planParents(settled, planned)
    for (const [file, counts] of countsOf(settled)) addCounts(file.counts, counts)
    for (const file of taken.files) file.isKept = true
    for (const one of settled) tellOf(one, options)
  }

  return {
    add(record, file) {
      waiting.push({ record, file })
      files.add(file)
      size += record.size
      return waiting.length >= RECORDS_AT_ONCE || size >= CHARACTERS_AT_ONCE
    },
    fileOpened: (file) => void files.add(file),
    fileLeftOut: (path) => void leftOut.add(path),
    flush,
  }
}

function countsOf(settled: readonly Settled[]): Map<OpenFile, Counts> {
  const counts = new Map<OpenFile, Counts>()
  for (const { file, decision } of settled) {
    let of = counts.get(file)
    if (!of) {
      of = noCounts()
      counts.set(file, of)
    }
    of.read++
    of[decision.outcome]++
  }
  return counts
}

/** A dry run's new rows are in no database: those that others belong to are remembered. */
function planParents(settled: readonly Settled[], planned: Set<string>): void {
  for (const { record, row, decision } of settled) {
    const isNew = decision.write === 'insert' && isParent(record.table)
    if (isNew) planned.add(`${record.table}\n${row?.id}`)
  }
}

function tellOf(settled: Settled, { onNote, onQuarantine }: ImporterOptions): void {
  const { file, record, decision } = settled
  if (decision.outcome === 'quarantined') onQuarantine(settled)
  if (decision.outcome !== 'conflict') return
  const { table, position } = record
  const row = `${table} row ${decision.targetId ?? ''}`
  const messages = {
    changed: `V2's ${row} says something else: it stays.`,
    removed: `V2 has removed the ${row}: it stays removed.`,
    orphan: `V2 has removed what a row of ${table} belongs to: it stays out.`,
  }
  const code = decision.conflict === 'orphan' ? 'V2_REMOVED' : 'V2_CHANGED'
  onNote({ code, file: file.path, position, message: messages[decision.conflict ?? 'changed'] })
}
