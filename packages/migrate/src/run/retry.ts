import { setTimeout as sleep } from 'node:timers/promises'
import type { ErrorCode } from '../codes.ts'
import type { Writer } from '../dialect/session.ts'
import { MigrateError } from '../errors.ts'
import type { Blocker } from '../events.ts'
import type { RunContext } from './context.ts'

/** What leaves nothing behind and may well succeed a moment later. */
const WORTH_RETRYING: ReadonlySet<ErrorCode> = new Set([
  'DDL_LOCK_TIMEOUT',
  'DEADLOCK',
  'DATABASE_BUSY',
])

const FIRST_DELAY_MS = 50
const LONGEST_DELAY_MS = 5_000

/**
 * Runs a step's whole transaction again when it met a lock: what queues behind a waiting DDL statement waits as
 * well, so the step gives up soon and often rather than late (exponential backoff with full jitter, until
 * `ddlRetryForMs`). Reports who was in the way.
 */
export async function retryOnLocks<T>(
  ctx: RunContext,
  writer: Writer,
  version: string | null,
  attemptOnce: () => Promise<T>,
): Promise<T> {
  const deadline = performance.now() + ctx.settings.ddlRetryForMs
  let blockers: readonly Blocker[] = []
  for (let attempt = 1; ; attempt++) {
    const watch = watchBlockers(writer, ctx.settings.ddlLockTimeoutMs)
    try {
      return await attemptOnce()
    } catch (thrown) {
      if (!(thrown instanceof MigrateError) || !WORTH_RETRYING.has(thrown.code)) throw thrown
      // one attempt may be too short to look; who was in the way a moment ago most likely is so still
      blockers = watch.seen() ?? blockers
      const cap = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt)
      const delayMs = Math.round(Math.random() * cap)
      if (performance.now() + delayMs > deadline) throw exhausted(thrown, attempt, blockers)
      const error = thrown.toJSON()
      ctx.emit({ type: 'step.retrying', version, attempt, delayMs, error, blockers })
      await sleep(delayMs, undefined, { signal: ctx.signal })
    } finally {
      watch.stop()
    }
  }
}

/** Looks, while a statement waits, at who keeps it waiting: afterwards nobody can tell. */
function watchBlockers(writer: Writer, lockTimeoutMs: number) {
  let seen: Blocker[] | undefined
  const timer = setInterval(
    () => {
      writer.blockers().then(
        (blockers) => {
          if (blockers.length) seen = blockers
        },
        () => {}, // only for the report; the statement itself says whether the connection is alive
      )
    },
    Math.max(20, lockTimeoutMs * 0.6),
  )
  return { seen: () => seen, stop: () => clearInterval(timer) }
}

function exhausted(
  error: MigrateError,
  attempts: number,
  blockers: readonly Blocker[],
): MigrateError {
  const who = blockers.map(
    ({ pid, user, state, openMs, query }) =>
      `pid ${pid} (${user}, ${state}, transaction open for ${Math.round((openMs ?? 0) / 1000)} s): ${query}`,
  )
  return new MigrateError(error.code, {
    message: `${error.message} Tried ${attempts} times.${who.length ? ` In the way: ${who.join('; ')}.` : ''}`,
    hint: error.hint,
    cause: error,
  })
}
