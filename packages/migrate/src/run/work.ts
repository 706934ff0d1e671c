import type { DialectName } from '../dialect/port.ts'
import type { BulkValue, QueryResult, Row, Session } from '../dialect/session.ts'
import { asMigrateError, MigrateError } from '../errors.ts'
import type { Finding } from '../finding.ts'
import type { KeyRing } from '../keys/ring.ts'
import { asRunError } from './announce.ts'
import { backupFolder } from './backup-folder.ts'
import { createCalls } from './calls.ts'
import type { RunContext } from './context.ts'
import { assertExists, gather, gatherFrom, type World } from './gather.ts'
import type { LockedRun } from './locked-run.ts'
import { openRun } from './open.ts'
import { withReader } from './reader.ts'
import { recordFailing } from './recorder.ts'
import { assertOurs } from './refuse.ts'
import { retryOnLocks } from './retry.ts'
import { withLock } from './session.ts'
import { inTransaction } from './transaction.ts'

export interface LookOptions {
  /** For the journal's log and for those who wait: `import-v1`. */
  readonly name: string
  /** Versions that must be applied. */
  readonly needs: readonly string[]
}

export interface WorkOptions extends LookOptions {
  /** False skips the backup, and the log says so. Default true. */
  readonly backup?: boolean
  /** Encrypts the backup whatever the configuration says. Default false. */
  readonly encryptBackup?: boolean
  /** What the journal's `work_started` tells besides the name: what a process that is killed leaves to be done. */
  readonly about?: Readonly<Record<string, unknown>>
  /** How long to wait for another run, in milliseconds. Default: the configuration's. */
  readonly waitMs?: number
}

/** How far a work is. */
export interface WorkProgress {
  /** What is being done: `reading`, `importing`. */
  readonly phase: string
  readonly done: number
  readonly total: number | null
  readonly unit: 'bytes' | 'rows'
  readonly note: string | null
}

/** What a project's own code sees of the database, and tells about it. */
export interface Look {
  readonly dialect: DialectName
  /** Where the database is, without secrets. */
  readonly location: string
  readonly runId: string
  /** Aborted when the run is interrupted: what takes long must see to it. */
  readonly signal: AbortSignal
  /** The folder that this database's backups stand in, as an absolute path. */
  readonly backupFolder: string
  /** `$1`, `$2`, … on both databases. Errors are MigrateErrors. */
  query<R = Row>(sql: string, params?: readonly unknown[]): Promise<QueryResult<R>>
  /** The master keys, null where there are none. Throws KEY_INVALID, KEY_MISSING. */
  keys(): Promise<KeyRing | null>
  progress(progress: WorkProgress): void
  /** Says what was done, in a line that stays. */
  tell(message: string): void
  finding(finding: Finding): void
}

/** A project's own work on its database, under the run lock. */
export interface Work extends Look {
  /** The safety backup's file; null where none was taken. */
  readonly backup: string | null
  /**
   * One transaction: all of it, or nothing. It is run again as a whole after a deadlock or on a busy database, so `body`
   * must be repeatable. What failed in it ends it, also where `body` caught it: on both databases the same. Throws
   * LOCK_LOST.
   */
  transaction<T>(body: () => Promise<T>): Promise<T>
  /**
   * Adds rows in the fastest way there is; within {@link transaction}. A value must be of its column's type: what a
   * column of another type makes of it differs between the databases, and only a boolean outside a boolean column and a
   * fraction in a whole one are refused on both. JSON must be valid. What must stay secret must be sealed before: a
   * server writes a row that it refuses into its own log. Throws DUPLICATE_ROW, STATEMENT_FAILED.
   */
  insert(
    table: string,
    columns: readonly string[],
    rows: readonly (readonly BulkValue[])[],
  ): Promise<void>
  /**
   * Says what came of the work, in the detail of the journal's `work_done`, as JSON; of the same key the last word
   * counts, and `name` is taken. Throws STATEMENT_FAILED.
   */
  note(detail: Readonly<Record<string, unknown>>): Promise<void>
}

type Needs = Pick<LookOptions, 'name' | 'needs'>

/**
 * Runs `body` with a session that writes nothing. Throws NOT_APPLIED, JOURNAL_FOREIGN, DATABASE_MISSING, and what `body`
 * throws; WORK_FAILED for what is no MigrateError.
 */
export async function look<T>(
  ctx: RunContext,
  needs: Needs,
  body: (look: Look) => Promise<T>,
): Promise<T> {
  await assertExists(ctx.dialect)
  return withReader(ctx.dialect, async (session) => {
    assertReady(await gatherFrom(ctx, session, 'pending'), needs)
    return own(ctx, needs.name, () => body(lookOn(ctx, readOnly(session, needs.name))))
  })
}

/** Runs `body` under the run lock, after a verified backup, and tells of it in the journal's log. */
export async function work<T>(
  ctx: RunContext,
  options: LookOptions & Required<Omit<WorkOptions, 'about'>> & Pick<WorkOptions, 'about'>,
  body: (work: Work) => Promise<T>,
): Promise<T> {
  const { name, waitMs } = options
  await assertExists(ctx.dialect)
  assertReady(await gather(ctx, 'pending'), options)
  const locking = { purpose: name, waitMs, load: 'pending', manyRows: true } as const
  return withLock(ctx, locking, async (run) => {
    assertReady(run.world, options)
    const backup = await openRun(options.encryptBackup ? encrypting(ctx) : ctx, run, {
      backup: options.backup,
      verb: name,
    })
    await append(ctx, run, 'work_started', { ...options.about, name })
    const noted: Record<string, unknown> = {}
    try {
      const result = await stoppable(ctx, run, () =>
        own(ctx, name, () => body(workOn(ctx, run, backup, noted))),
      )
      await append(ctx, run, 'work_done', { name, ...noted })
      return result
    } catch (thrown) {
      const { code } = asRunError(ctx, thrown)
      // the failure itself is what the caller must see
      await recordFailing(ctx, (observed) =>
        append(ctx, run, 'work_failed', { name, code }, observed),
      ).catch(() => {})
      throw thrown
    }
  })
}

const encrypting = (ctx: RunContext): RunContext => ({
  ...ctx,
  settings: { ...ctx.settings, backupEncryption: true },
})

function assertReady({ journal, rows }: World, { name, needs }: Needs): void {
  assertOurs(journal)
  const missing = needs.filter((version) => rows.get(version)?.status !== 'applied')
  if (missing.length === 0) return
  throw new MigrateError('NOT_APPLIED', {
    message: `${name} needs ${missing.map((version) => `${version}, which is ${rows.get(version)?.status ?? 'not applied'}`).join('; ')}.`,
    hint: 'Bring the database up to date first: `migrate`.',
  })
}

/** What the project's code throws besides MigrateErrors is its own affair, and no fault of this tool. */
async function own<T>({ signal }: RunContext, name: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body()
  } catch (cause) {
    if (cause instanceof MigrateError || signal.aborted) throw cause
    const { message } = asMigrateError(cause)
    throw new MigrateError('WORK_FAILED', { message: `${name} failed: ${message}`, cause })
  }
}

/** Both databases refuse to write, and look for the reason in the file or the server. */
const readOnly = (session: Session, name: string): Pick<Session, 'query'> => ({
  query: (sql, params) =>
    session.query<any>(sql, params).catch((thrown) => {
      if (!(thrown instanceof MigrateError) || thrown.code !== 'READ_ONLY') throw thrown
      throw new MigrateError('READ_ONLY', {
        message: `${name} only looks at the database here, and cannot write to it: ${thrown.message}`,
        hint: 'A look writes nothing: what writes belongs into a work.',
        cause: thrown,
      })
    }),
})

const append = (
  ctx: RunContext,
  run: LockedRun,
  event: 'work_started' | 'work_done' | 'work_failed',
  detail: Readonly<Record<string, unknown>>,
  observed = true,
): Promise<void> =>
  retryOnLocks(ctx, run.writer, null, () =>
    inTransaction(run, () => run.recorder.append({ event, detail, observed })),
  )

/** An interruption stops the statement that runs, where the database can, and undoes what is open. */
export async function stoppable<T>(
  { signal }: RunContext,
  { writer }: LockedRun,
  body: () => Promise<T>,
): Promise<T> {
  const stop = (): void => void writer.cancel().catch(() => {})
  signal.throwIfAborted()
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await body()
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

const lookOn = (ctx: RunContext, session: Pick<Session, 'query'>): Look => ({
  dialect: ctx.dialect.name,
  location: ctx.dialect.location,
  runId: ctx.runId,
  signal: ctx.signal,
  backupFolder: backupFolder(ctx),
  query: (sql, params) => session.query(sql, params),
  keys: ctx.keys,
  progress: (progress) => ctx.emit({ type: 'work.progress', ...progress }),
  tell: (message) => ctx.emit({ type: 'work.told', message }),
  finding: (finding) => ctx.emit({ type: 'finding', finding }),
})

function workOn(
  ctx: RunContext,
  run: LockedRun,
  backup: string | null,
  noted: Record<string, unknown>,
): Work {
  const { writer, lock } = run
  let calls = createCalls()
  let open = false
  const query: Session['query'] = (sql, params) => calls.add(writer.query(sql, params))
  return {
    ...lookOn(ctx, { query }),
    backup,
    async transaction(body) {
      if (open || writer.inTransaction()) {
        throw misused('A transaction of this work is open already.')
      }
      open = true
      const once = async () => {
        ctx.signal.throwIfAborted()
        await lock.assertHeld()
        calls = createCalls()
        return inTransaction(run, async () => {
          // what goes on beside it would run after a ROLLBACK, and stay
          const result = await body().finally(calls.settled)
          calls.throwFailure()
          ctx.signal.throwIfAborted()
          await lock.assertHeld()
          return result
        })
      }
      return retryOnLocks(ctx, writer, null, once).finally(() => {
        open = false
      })
    },
    async insert(table, columns, rows) {
      if (!writer.inTransaction()) throw misused('Rows are added within a transaction.')
      if (rows.length > 0) await calls.add(writer.insert(table, columns, rows))
    },
    async note(detail) {
      // what cannot be written is to fail here, and not at the end of the work
      Object.assign(noted, notable(detail))
    },
  }
}

/** As it comes back from JSON. The log's entry has the work's own name under `name`. */
function notable(detail: Readonly<Record<string, unknown>>): Record<string, unknown> {
  if (Object.hasOwn(detail, 'name')) {
    throw misused(
      'A note cannot have a `name`: that is the name of the work.',
      'Call it otherwise.',
    )
  }
  try {
    return JSON.parse(JSON.stringify(detail))
  } catch (cause) {
    const { message } = asMigrateError(cause)
    throw misused(
      `A note must be JSON: ${message.split('\n')[0]}.`,
      'Note texts, numbers, booleans, null, and lists and objects of them; of a bigint its text.',
    )
  }
}

const misused = (
  message: string,
  hint = 'One `transaction` after the other, and every `insert` within one.',
): MigrateError => new MigrateError('STATEMENT_FAILED', { message, hint })
