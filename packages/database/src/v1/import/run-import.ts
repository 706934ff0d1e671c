import { counted, type Look, MigrateError, type Work } from '@fossawork/migrate'
import type { FieldKeys } from '../../credentials/keys.ts'
import { DEFAULT_COST, type PasswordCost } from '../../credentials/passwords.ts'
import { createAhead } from './ahead.ts'
import { createDigest } from './digest.ts'
import type { Hooks } from './hooks.ts'
import { createImporter, type Importer } from './importer.ts'
import { noCounts, type OpenFile } from './open-file.ts'
import type { OpenImport } from './open-import.ts'
import { createPasswords } from './passwords.ts'
import { type PreparedStep, prepareSteps } from './prepare-steps.ts'
import type { Prepared } from './prepared.ts'
import { type Comparison, createReconciler, isEqual } from './reconcile.ts'
import { createReporter, type ImportReport, type Reporter } from './report.ts'
import { createSealing } from './sealing.ts'
import type { Tools } from './tools.ts'
import type { Step } from './walk.ts'
import { boundYoungObjects } from './young-objects.ts'

export interface RunOptions {
  /** The V1 directory, for the report; null for what was in quarantine. */
  readonly directory: string | null
  /** The walk through V1's records. */
  readonly steps: (hooks: Hooks) => AsyncIterable<Step>
  /** Whether they come from the quarantine. */
  readonly isRetry: boolean
  /** Bytes to read. */
  readonly total: number
  readonly options: RowOptions
  readonly keys: FieldKeys
  readonly found: OpenImport
  /** Null: nothing is written. */
  readonly work: Work | null
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
  const digest = createDigest(found.digestKey)
  const tools: Tools = { dialect, digest, sealing: createSealing(keys, dialect) }
  const reporter = createReporter()
  const progress = createTeller(db, total)
  const passwords = createPasswords({
    db,
    tools,
    known: found.users,
    cost: options.cost ?? DEFAULT_COST,
    isDryRun: work === null,
  })
  const reconciler = createReconciler(db, tools)
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
    reconciler,
    isRetry: run.isRetry,
  })
  const books = createDesk(importer, { found, reporter })
  const { signal } = db
  const release = boundYoungObjects()
  const ahead = createAhead(dialect, () => importer.flush())
  const asking = {
    signal,
    known: found.users,
    workOrdersOf: (userId: string) => workOrdersOf(db, { found, userId, ready: ahead.done }),
  }
  const prepared = prepareSteps((listeners) => run.steps({ ...asking, ...listeners }), tools)
  try {
    for await (const steps of prepared) {
      for (const step of steps) {
        if (step.type === 'file') books.open(step)
        else if (step.type === 'record') {
          if (books.add(step.record)) await ahead.start()
        } else if (step.type === 'note') {
          reporter.note(step.note)
          if (step.note.code === 'ARCHIVE_ONLY') importer.fileLeftOut(step.note.file)
        }
        progress.step(step)
      }
      signal.throwIfAborted()
    }
    await ahead.start()
    await ahead.done()
  } finally {
    await ahead.settled()
    release()
  }
  const reconciliation = work ? sumOf(reconciler.comparisons()) : null
  if (work && reconciliation) tellCompared(work, reconciliation)
  const report = reporter.report({ directory, users: progress.userCount() })
  return {
    report,
    reconciliation,
    timings: {
      hashMs: Math.round(passwords.spentMs()),
      reconcileMs: Math.round(reconciler.spentMs()),
      totalMs: Math.round(performance.now() - started),
    },
  }
}

/** Gives every file its number, and every record its file. */
function createDesk(
  importer: Importer,
  { found, reporter }: { readonly found: OpenImport; readonly reporter: Reporter },
) {
  let nextFile = found.nextFile
  let file: OpenFile | undefined
  return {
    open({ path, bytes, userId }: Extract<PreparedStep, { type: 'file' }>): void {
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
    add(record: Prepared): boolean {
      if (!file) throw new Error('A record came before its file')
      return importer.add(record, file)
    },
  }
}

/** Throws IMPORT_MISMATCH where the database does not hold what V1 says. */
function sumOf(comparisons: readonly Comparison[]): Reconciliation {
  const wrong = comparisons.find((comparison) => !isEqual(comparison))
  if (wrong) throw mismatch(wrong)
  const users = new Set(comparisons.map(({ userId }) => userId))
  users.delete('')
  return {
    users: users.size,
    tables: new Set(comparisons.map(({ table }) => table)).size,
    rows: comparisons.reduce((sum, { target }) => sum + target, 0),
    changedInV2: comparisons.reduce((sum, comparison) => sum + comparison.changedInV2, 0),
  }
}

function tellCompared(work: Work, { rows, users, tables, changedInV2 }: Reconciliation): void {
  const changed = changedInV2 > 0 ? `; ${changedInV2} more were changed in V2 since` : ''
  work.tell(
    `${counted(rows, 'row')} of ${counted(users, 'user')} in ${counted(tables, 'table')} read back and compared with V1${changed}`,
  )
}

function mismatch({ userId, table, source, target }: Comparison): MigrateError {
  const whose = userId === '' ? '' : ` of the user ${userId}`
  const what =
    source === target
      ? `${target} rows are there, and not all of them say what V1 says`
      : `${source} rows should be there, and ${target} are`
  return new MigrateError('IMPORT_MISMATCH', {
    message: `${table}${whose} is not what V1 says: ${what}.`,
  })
}

interface Asking {
  readonly found: OpenImport
  readonly userId: string
  /** Until then nobody else may ask the database. */
  readonly ready: () => Promise<void>
}

/** What V2 has of a user's work orders; nothing is asked of a database that has none. */
async function workOrdersOf(
  db: Look,
  { found, userId, ready }: Asking,
): Promise<ReadonlySet<string>> {
  if (!found.occupied.rows.has(`work_orders\n${userId}`)) return new Set()
  await ready()
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
    step(step: PreparedStep): void {
      if (step.type === 'users') userCount = step.count
      if (step.type === 'read') done += step.bytes
      if (step.type === 'record') records++
      if (step.type === 'user') users++
      tell()
    },
  }
}
