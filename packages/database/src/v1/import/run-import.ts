import { type Look, MigrateError, type Work } from '@fossawork/migrate'
import type { FieldKeys } from '../../credentials/keys.ts'
import { DEFAULT_COST, type PasswordCost } from '../../credentials/passwords.ts'
import type { InventoryEntry } from '../directory/inventory.ts'
import type { Mapping, Note } from '../record.ts'
import { createImporter, type Importer } from './importer.ts'
import { type Ledger, noCounts, type OpenFile, openLedger } from './ledger.ts'
import type { OpenImport } from './open-import.ts'
import { createPasswords } from './passwords.ts'
import { type Comparison, isEqual, reconcile } from './reconcile.ts'
import { createReporter, type ImportReport, type Reporter } from './report.ts'
import { createSealing } from './sealing.ts'
import type { Tools } from './tools.ts'
import type { Step } from './walk.ts'

export interface RunOptions {
  /** Where V1's records come from, for the report. */
  readonly directory: string
  /** Bytes to read. */
  readonly total: number
  readonly options: RowOptions
  readonly keys: FieldKeys
  readonly found: OpenImport
  /** Null: nothing is written. */
  readonly work: Work | null
  readonly steps: (hooks: Hooks) => AsyncIterable<Step>
}

/** What those who bring V1's records are given. */
export interface Hooks {
  readonly signal: AbortSignal
  readonly onNote: (note: Note) => void
  readonly onBytes: (bytes: number) => void
  readonly onUsers: (count: number) => void
  /** The users that V2 has: their e-mails, by id. */
  readonly known: ReadonlyMap<string, string>
  /** The external ids of the work orders that V2 has of a user. */
  readonly workOrdersOf: (userId: string) => Promise<Set<string>>
}

/** How rows are made. */
export interface RowOptions {
  /**
   * What becomes of a row that V2 has changed since, or has by itself: it stays, or V1's takes its place. Default 'keep'.
   */
  readonly onConflict?: 'keep' | 'replace'
  /** Of the passwords' hashes. Default: OWASP's argon2id m=19456, t=2, p=1. */
  readonly cost?: PasswordCost
}

/** In milliseconds. */
export interface Timings {
  readonly hashMs: number
  readonly reconcileMs: number
  readonly totalMs: number
}

/** What was read back from the database: users and tables that were compared, and rows. */
export interface Reconciliation {
  readonly users: number
  readonly tables: number
  readonly rows: number
  /** Rows of earlier imports that V2 has changed or removed since. */
  readonly changedInV2: number
}

export interface RunDone {
  readonly report: ImportReport
  readonly reconciliation: Reconciliation | null
  readonly timings: Timings
}

/** Brings every record where it belongs, and compares what came of it. */
export async function runImport(db: Look, run: RunOptions): Promise<RunDone> {
  const { directory, total, options, keys, found, work } = run
  const started = performance.now()
  const { dialect } = db
  const tools: Tools = { dialect, digest: found.digest, sealing: createSealing(keys, dialect) }
  const reporter = createReporter()
  const progress = createTeller(db, total)
  const passwords = createPasswords({
    db,
    known: new Set(found.users.keys()),
    cost: options.cost ?? DEFAULT_COST,
    isDryRun: work === null,
  })
  const compared = createComparisons(db, tools, work !== null)
  const own = new Set(found.files.values())
  const importer = createImporter({
    db,
    work,
    tools,
    passwords,
    occupied: found.occupied,
    quarantine: found.quarantine,
    replace: options.onConflict === 'replace',
    isOurs: (fileId) => own.has(fileId),
    onNote: reporter.note,
    onQuarantine: reporter.quarantine,
    onLedgerDone: compared.add,
  })
  const books = createDesk(importer, { found, reporter })
  const steps = run.steps({
    signal: db.signal,
    onNote: reporter.note,
    onBytes: progress.bytes,
    onUsers: progress.users,
    known: found.users,
    workOrdersOf: (userId) => workOrdersOf(db, found, userId),
  })
  for await (const step of steps) {
    if (step.type === 'file') books.open(step.entry, step.userId)
    else if (step.type === 'record') await books.add(step.mapping)
    else if (step.type === 'note') reporter.note(step.note)
    else books.close(step.userId)
    progress.step(step.type)
  }
  await importer.flush()
  const { rows, users, tables, changedInV2 } = compared.result()
  if (work) {
    const changed = changedInV2 > 0 ? `, ${changedInV2} more changed in V2 since` : ''
    work.tell(
      `${rows} rows of ${users} users in ${tables} tables read back: all say what V1 says${changed}`,
    )
  }
  const report = reporter.report({ directory, users: progress.userCount() })
  return {
    report,
    reconciliation: work ? compared.result() : null,
    timings: {
      hashMs: Math.round(passwords.spentMs()),
      reconcileMs: Math.round(compared.spentMs()),
      totalMs: Math.round(performance.now() - started),
    },
  }
}

/** Gives every file its number and every record its owner's ledger. */
function createDesk(
  importer: Importer,
  { found, reporter }: { readonly found: OpenImport; readonly reporter: Reporter },
) {
  const ledgers = new Map<string, Ledger>()
  let nextFile = found.nextFile
  let file: OpenFile | undefined
  const ledgerOf = (userId: string): Ledger => {
    const ledger = ledgers.get(userId) ?? openLedger(userId)
    ledgers.set(userId, ledger)
    return ledger
  }
  return {
    open({ path, bytes }: InventoryEntry, userId: string): void {
      const known = found.files.get(path)
      file = {
        id: known ?? nextFile++,
        importId: found.id,
        path,
        userId,
        bytes,
        counts: noCounts(),
        isKept: known !== undefined,
      }
      reporter.file(file)
      importer.fileOpened(file)
    },
    async add(mapping: Mapping): Promise<void> {
      if (!file) throw new Error('A record came before its file')
      const owner = 'row' in mapping ? (mapping.row.userId ?? '') : file.userId
      await importer.add(mapping, file, ledgerOf(owner))
    },
    close(userId: string): void {
      importer.ledgerDone(ledgerOf(userId))
      ledgers.delete(userId)
    },
  }
}

/** Compares each user's rows as soon as they are written, so that nothing of them has to be kept. */
function createComparisons(db: Look, tools: Tools, isReal: boolean) {
  let spent = 0
  const users = new Set<string>()
  let [tables, rows, changedInV2] = [0, 0, 0]
  return {
    spentMs: () => spent,
    result: (): Reconciliation => ({ users: users.size, tables, rows, changedInV2 }),
    async add(ledger: Ledger): Promise<void> {
      if (!isReal || ledger.rows.size === 0) return
      const started = performance.now()
      const comparisons = await reconcile(db, ledger, tools)
      spent += performance.now() - started
      for (const comparison of comparisons) {
        if (!isEqual(comparison)) throw mismatch(comparison)
        tables++
        rows += comparison.target.count
        changedInV2 += comparison.changedInV2
      }
      if (ledger.userId !== '') users.add(ledger.userId)
    },
  }
}

function mismatch({ userId, table, source, target }: Comparison): MigrateError {
  const whose = userId === '' ? '' : ` of the user ${userId}`
  const what =
    source.count === target.count
      ? `${target.count} rows are there, and not all of them say what V1 says`
      : `${source.count} rows should be there, and ${target.count} are`
  return new MigrateError('IMPORT_MISMATCH', {
    message: `${table}${whose} is not what V1 says: ${what}.`,
  })
}

/** What V2 has of a user's work orders; nothing is asked of a database that has none. */
async function workOrdersOf(db: Look, found: OpenImport, userId: string): Promise<Set<string>> {
  if (!found.occupied.rows.has(`work_orders\n${userId}`)) return new Set()
  const { rows } = await db.query<{ external_id: string | null }>(
    'SELECT external_id FROM work_orders WHERE user_id = $1',
    [userId],
  )
  return new Set(rows.flatMap(({ external_id: id }) => (id === null ? [] : [id])))
}

/** Tells how far the import is, at most ten times a second. */
function createTeller(db: Look, total: number) {
  let [done, records, users, userCount, toldAt] = [0, 0, 0, 0, 0]
  const tell = (): void => {
    if (performance.now() - toldAt < 100) return
    toldAt = performance.now()
    const note = `user ${Math.min(users + 1, userCount)} of ${userCount}, ${records.toLocaleString('en')} records`
    db.progress({ phase: 'importing', done, total, unit: 'bytes', note })
  }
  return {
    userCount: () => userCount,
    users(count: number): void {
      userCount = count
    },
    bytes(more: number): void {
      done += more
      tell()
    },
    step(type: string): void {
      if (type === 'record') records++
      if (type === 'user') users++
      tell()
    },
  }
}
