import { asMigrateError, type Look, type Work } from '@fossawork/migrate'
import type { Mapping, Note } from '../record.ts'
import type { RecordKey } from './books.ts'
import { writeFiles } from './files.ts'
import {
  addCounts,
  type Counts,
  type Ledger,
  ledgerKey,
  noCounts,
  type OpenFile,
} from './ledger.ts'
import { type Occupied, type Settled, type SettleOptions, settle } from './outcomes.ts'
import type { Passwords } from './passwords.ts'
import { type Pending, pendingOf } from './pending.ts'
import { resolvedQuarantine } from './resolve-quarantine.ts'
import { removeRecords, write } from './write.ts'

/** What an importer works with. `work` is null for a dry run: it decides everything and writes nothing. */
export interface ImporterOptions extends Omit<SettleOptions, 'occupied'> {
  readonly db: Look
  readonly work: Work | null
  readonly occupied: Occupied
  readonly passwords: Passwords
  /** What stands in quarantine, by the place in V1. */
  readonly quarantine: ReadonlyMap<string, RecordKey>
  readonly onNote: (note: Note) => void
  /** Called with every quarantined record of a file, once it is decided. */
  readonly onQuarantine: (pending: Pending) => void
  /** Called when all of a user's records are written. */
  readonly onLedgerDone: (ledger: Ledger) => Promise<void>
}

/** Takes V1's records one by one and brings them to V2 many at a time. */
export interface Importer {
  add(mapping: Mapping, file: OpenFile, ledger: Ledger): Promise<void>
  /** A file without a record is accounted for as well. */
  fileOpened(file: OpenFile): void
  /** The user's last record has been added. */
  ledgerDone(ledger: Ledger): void
  flush(): Promise<void>
}

/** Enough for a transaction to be cheap, few enough for the writers of an application to get in between. */
const RECORDS_AT_ONCE = 5_000
const CHARACTERS_AT_ONCE = 16 * 2 ** 20

export function createImporter(options: ImporterOptions): Importer {
  const { db, work, tools, passwords, onNote, onLedgerDone } = options
  let pendings: { pending: Pending; ledger: Ledger }[] = []
  let size = 0
  let done: Ledger[] = []
  const files = new Set<OpenFile>()
  // an application that writes the same rows meanwhile: from then on everything is looked for
  let occupied: Occupied | null = options.occupied

  const settleAndWrite = async (records: readonly Pending[]): Promise<Settled[]> => {
    const settled = await settle(db, records, { ...options, occupied })
    if (!work) return settled
    await removeRecords(work, resolvedQuarantine(settled, files, options.quarantine))
    await write(work, settled, tools)
    await writeFiles(work, [...files], countsOf(settled))
    return settled
  }
  const inTransaction = async (records: readonly Pending[]): Promise<Settled[]> => {
    if (!work) return settleAndWrite(records)
    try {
      return await work.transaction(() => settleAndWrite(records))
    } catch (thrown) {
      if (occupied === null || asMigrateError(thrown).code !== 'DUPLICATE_ROW') throw thrown
      occupied = null
      return work.transaction(() => settleAndWrite(records))
    }
  }
  const flush = async (): Promise<void> => {
    const taken = pendings
    const ledgers = done
    pendings = []
    done = []
    size = 0
    if (taken.length || files.size) {
      const records = await passwords.hashed(taken.map(({ pending }) => pending))
      const settled = await inTransaction(records)
      for (const [file, counts] of countsOf(settled)) addCounts(file.counts, counts)
      for (const file of files) file.isKept = true
      files.clear()
      for (const [at, one] of settled.entries()) enter(one, taken[at]?.ledger as Ledger, options)
    }
    for (const ledger of ledgers) await onLedgerDone(ledger)
  }

  return {
    async add(mapping, file, ledger) {
      db.signal.throwIfAborted()
      for (const note of mapping.notes) onNote(note)
      const pending = pendingOf(mapping, { file, ledger, digest: tools.digest })
      pendings.push({ pending, ledger })
      files.add(file)
      size += pending.size
      if (pendings.length >= RECORDS_AT_ONCE || size >= CHARACTERS_AT_ONCE) await flush()
    },
    fileOpened: (file) => void files.add(file),
    ledgerDone: (ledger) => void done.push(ledger),
    flush,
  }
}

function countsOf(settled: readonly Settled[]): Map<OpenFile, Counts> {
  const counts = new Map<OpenFile, Counts>()
  for (const { pending, decision } of settled) {
    const of = counts.get(pending.file) ?? noCounts()
    of.read++
    of[decision.outcome]++
    counts.set(pending.file, of)
  }
  return counts
}

/** Remembers what V2 must hold now, to be compared with what it does hold. */
function enter(
  { pending, row, decision }: Settled,
  ledger: Ledger,
  { onNote, onQuarantine }: ImporterOptions,
): void {
  const { file, position } = pending
  if (decision.outcome === 'quarantined') onQuarantine(pending)
  if (decision.outcome === 'conflict') {
    onNote({
      code: 'V2_CHANGED',
      file: file.path,
      position,
      message: `V2 has another ${pending.table} row ${decision.targetId ?? ''}: it stays.`,
    })
  }
  if (!row || (decision.outcome !== 'imported' && decision.outcome !== 'unchanged')) return
  ledger.rows.set(ledgerKey(pending.table, pending.identity), {
    digest: row.digest,
    isWritten: decision.write === 'insert' || decision.write === 'update',
  })
}
