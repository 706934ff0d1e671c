import { basename } from 'node:path'
import type { ErrorCode } from '../codes.ts'
import type { RunLock } from '../dialect/port.ts'
import type { TransactionOptions, Writer } from '../dialect/session.ts'
import { asMigrateError, MigrateError } from '../errors.ts'
import type { Direction } from '../events.ts'
import type { JournalRow } from '../journal/read.ts'
import type { Recorder, RowState } from '../journal/record.ts'
import { CHECKSUM_METHOD } from '../migration/checksum.ts'
import type { Migration, MigrationBody } from '../migration/load.ts'
import { runBody } from './body.ts'
import type { RunContext } from './context.ts'
import { createPresence } from './presence.ts'
import { recordFailing } from './recorder.ts'
import { retryOnLocks } from './retry.ts'
import { inTransaction } from './transaction.ts'

export interface Step {
  readonly migration: Migration
  readonly direction: Direction
  /** The version's row as the plan saw it. */
  readonly row: JournalRow | undefined
  /** What it needs, resolved; kept with the row so that later runs need not import the file. */
  readonly dependencies: readonly string[]
}

export interface StepRun {
  readonly ctx: RunContext
  readonly writer: Writer
  readonly recorder: Recorder
  readonly lock: Pick<RunLock, 'assertHeld'>
}

/** Runs one step and records it. A step and its row commit together or not at all. */
export async function runStep(run: StepRun, step: Step): Promise<number> {
  const { emit } = run.ctx
  const { migration, direction } = step
  const { version, description } = migration
  emit({ type: 'step.started', version, direction, description })
  const started = performance.now()
  const elapsed = (): number => Math.round(performance.now() - started)
  try {
    const body = bodyOf(step)
    if (body.transaction) await inOneTransaction(run, step, body)
    else await withoutTransaction(run, step, body)
  } catch (thrown) {
    const error = explain(run, step, thrown)
    emit({ type: 'step.failed', version, direction, durationMs: elapsed(), error: error.toJSON() })
    throw error
  }
  const durationMs = elapsed()
  const status = direction === 'up' ? 'applied' : 'rolled_back'
  emit({ type: 'step.recorded', version, direction, status, durationMs })
  return durationMs
}

function bodyOf({ migration, direction }: Step): MigrationBody {
  const body = direction === 'up' ? migration.up : migration.down
  if (body === null || body === 'irreversible') throw new MigrateError('IRREVERSIBLE')
  return body
}

/** A step that takes longer asks for the lock at its end as well, in milliseconds. */
const LONG_STEP_MS = 1_000

async function inOneTransaction(run: StepRun, step: Step, body: MigrationBody): Promise<void> {
  const { ctx, writer, recorder } = run
  const { migration } = step
  const options = transactionOptions(run, step)
  try {
    await retryOnLocks(ctx, writer, migration.version, () => {
      const started = performance.now()
      return inTransaction(
        run,
        async () => {
          // asked on the lock's own connection while the step works; the answer counts before the commit
          const held = settled(run.lock.assertHeld())
          const claimed = settled(recorder.claim(migration.version, step.row, migration.checksum))
          // a program may act beyond the transaction, so it waits; statements share the claim's round trip
          if (body.kind === 'function') await claimed()
          await runStepBody(run, step, body).finally(claimed)
          for (const finding of await writer.check()) ctx.emit({ type: 'finding', finding })
          await held()
          // a long step asks once more; for a short one that would cost more than the step
          if (performance.now() - started > LONG_STEP_MS) await run.lock.assertHeld()
          ctx.signal.throwIfAborted()
        },
        options,
        () => recordDone(recorder, step, started),
      )
    })
  } catch (thrown) {
    // an interruption leaves no trace, and a lost claim is another runner's; anything else stays known as a failure
    const ours = !(thrown instanceof MigrateError && thrown.code === 'CLAIM_LOST')
    if (ours && !ctx.signal.aborted) await recordFailure(run, step, thrown, false)
    throw thrown
  }
}

const transactionOptions = ({ ctx }: StepRun, { migration }: Step): TransactionOptions => ({
  foreignKeys: migration.foreignKeys,
  shrinks: migration.shrinks,
  lockTimeoutMs: ctx.settings.ddlLockTimeoutMs,
})

/** Lets work go on beside a promise whose outcome counts later, when the function is called. */
function settled(promise: Promise<void>): () => Promise<void> {
  promise.catch(() => {}) // whoever calls the function hears of it
  return () => promise
}

/** What cannot run in a transaction is recorded as running first: a kill leaves a row that names it. */
async function withoutTransaction(run: StepRun, step: Step, body: MigrationBody): Promise<void> {
  const { recorder, lock } = run
  const { version, checksum } = step.migration
  const started = performance.now()
  await lock.assertHeld()
  await inTransaction(
    run,
    async () => {
      await recorder.claim(version, step.row, checksum)
      await recorder.append({ event: 'started', version, status: 'running', checksum })
    },
    // the dialect keeps the budget for the statements that follow
    transactionOptions(run, step),
  )
  try {
    await runStepBody(run, step, body)
    if (run.writer.inTransaction()) throw leftOpen()
  } catch (thrown) {
    // what the migration began itself and did not end is undone, not committed along with the record
    await run.writer.rollback()
    await recordFailure(run, step, thrown, true)
    throw thrown
  }
  await inTransaction(run, () => recordDone(recorder, step, started))
}

const leftOpen = (): MigrateError =>
  new MigrateError('STATEMENT_FAILED', {
    message: 'The migration began a transaction and did not end it; it was rolled back.',
    hint: 'End it with COMMIT, or leave `transaction: false` out.',
  })

async function runStepBody(run: StepRun, step: Step, body: MigrationBody): Promise<void> {
  const { ctx, writer } = run
  const { version } = step.migration
  // where the statement cannot be stopped it ends by itself, and the run then
  const stop = (): void => void writer.cancel().catch(() => {})
  ctx.signal.throwIfAborted()
  ctx.signal.addEventListener('abort', stop, { once: true })
  try {
    await runBody(body, step.migration.path, {
      writer,
      dialect: ctx.dialect.name,
      signal: ctx.signal,
      present: createPresence(ctx, writer, step.migration),
      onProgress: (done, total, note) =>
        ctx.emit({ type: 'step.progress', version, done, total, note }),
    })
  } finally {
    ctx.signal.removeEventListener('abort', stop)
  }
}

async function recordDone(recorder: Recorder, step: Step, started: number): Promise<void> {
  const durationMs = Math.round(performance.now() - started)
  const now = new Date().toISOString()
  const up = step.direction === 'up'
  const row: RowState = {
    ...rowOf(step),
    appliedAt: up ? now : (step.row?.appliedAt ?? now),
    executionTimeMs: durationMs,
    status: up ? 'applied' : 'rolled_back',
    rollbackAt: up ? null : now,
    errorMessage: null,
  }
  await recorder.record(row, { event: up ? 'applied' : 'rolled_back', durationMs })
}

/**
 * In a transaction of its own, since the step's is gone. A failed rollback leaves the version applied: only the log
 * tells of it. Where the connection is gone as well, nothing can be recorded and the error itself says so.
 */
async function recordFailure(
  run: StepRun,
  step: Step,
  thrown: unknown,
  partial: boolean,
): Promise<void> {
  const { recorder } = run
  // PostgreSQL stores no NUL
  const message = asMigrateError(thrown).message.replaceAll('\0', '')
  const { version, checksum } = step.migration
  const entry = {
    event: 'failed',
    detail: { direction: step.direction, partial, message },
  } as const
  const stays = step.direction === 'down' && !partial
  const write = (observed: boolean): Promise<void> =>
    inTransaction(run, () =>
      stays
        ? recorder.append({ ...entry, version, status: 'applied', checksum, observed })
        : recorder.record(
            {
              ...rowOf(step),
              appliedAt: new Date().toISOString(),
              executionTimeMs: null,
              status: 'failed',
              rollbackAt: null,
              errorMessage: message,
              // what an earlier attempt left is not gone because this one left nothing
              metadata: {
                ...rowOf(step).metadata,
                ...((partial || step.row?.metadata.partial) && { partial: true }),
              },
            },
            { ...entry, observed },
          ),
    )
  try {
    await recordFailing(run.ctx, write)
  } catch {
    // the failure itself is what the caller must see
  }
}

function rowOf(step: Step) {
  const { version, description, checksum, path } = step.migration
  return {
    version,
    description,
    checksum,
    metadata: {
      dependencies: step.dependencies,
      file_path: basename(path),
      checksum_method: CHECKSUM_METHOD,
    },
  }
}

/** What a migration's own statements and programs fail with. */
const OF_THE_STEP: ReadonlySet<ErrorCode> = new Set([
  'STATEMENT_FAILED',
  'DUPLICATE_ROW',
  'INTERNAL',
])

/** The error with the version in it; a statement's or a program's own error becomes STEP_FAILED. */
function explain({ ctx }: StepRun, step: Step, thrown: unknown): MigrateError {
  const { version, path } = step.migration
  const error = asMigrateError(thrown)
  // a migration may have an AbortError of its own, which is no interruption of the run
  if (error.code === 'INTERRUPTED' || (ctx.signal.aborted && error.code === 'INTERNAL')) {
    const where = step.direction === 'up' ? version : `the rollback of ${version}`
    const left = bodyOf(step).transaction
      ? 'which was rolled back'
      : 'which has no transaction: part of it may be there'
    return new MigrateError('INTERRUPTED', {
      message: `The run was interrupted in ${where}, ${left}.`,
      cause: thrown,
    })
  }
  const own = !OF_THE_STEP.has(error.code)
  const doing = step.direction === 'up' ? '' : 'The rollback of '
  return new MigrateError(own ? error.code : 'STEP_FAILED', {
    message: `${doing}${version} failed: ${error.message}`,
    ...(own && { hint: error.hint }),
    at: error.at ?? { file: path },
    cause: thrown,
  })
}
