import { asMigrateError, MigrateError } from '../errors.ts'
import type { RunContext } from './context.ts'

/** Wraps a verb in `run.started` and `run.finished`. */
export async function announced<T extends { outcome: string }>(
  ctx: RunContext,
  verb: string,
  dryRun: boolean,
  body: () => Promise<T>,
): Promise<T> {
  const { emit } = ctx
  const started = performance.now()
  const durationMs = (): number => Math.round(performance.now() - started)
  emit({ type: 'run.started', verb, database: ctx.dialect.location, dryRun })
  try {
    const result = await body()
    const outcome = result.outcome === 'done' ? 'done' : 'nothing'
    emit({ type: 'run.finished', outcome, durationMs: durationMs() })
    return result
  } catch (thrown) {
    const error = asRunError(ctx, thrown)
    emit({
      type: 'run.finished',
      outcome: 'failed',
      durationMs: durationMs(),
      error: error.toJSON(),
    })
    throw error
  }
}

/** What a run threw, as a MigrateError; after an interruption that is one, whatever it broke off. */
export const asRunError = ({ signal }: RunContext, thrown: unknown): MigrateError =>
  signal.aborted && !(thrown instanceof MigrateError)
    ? new MigrateError('INTERRUPTED', { cause: thrown })
    : asMigrateError(thrown)
