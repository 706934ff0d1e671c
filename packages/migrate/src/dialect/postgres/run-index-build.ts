import { MigrateError } from '../../errors.ts'
import type { WriterOptions } from '../session.ts'
import type { Connection, PostgresTarget } from './connection.ts'
import type { IndexBuild } from './index-build.ts'
import { createProgressWatch } from './index-progress.ts'
import { type Before, dropInvalid, invalidIndexes, lookBefore } from './invalid-indexes.ts'
import { type Answer, send } from './session.ts'

export interface BuildRunner {
  /**
   * Runs a statement that builds an index: no statement timeout ends it, and it tells how far it is. `local`: the
   * settings are the open transaction's. `act` must send it at once.
   */
  run<R>(build: IndexBuild, local: boolean, act: () => Promise<Answer<R>>): Promise<Answer<R>>
  /**
   * As {@link run}, for one that does not block writes: where it fails or is stopped it leaves no invalid index behind.
   * Nothing else may use the connection meanwhile.
   */
  runConcurrently<R>(build: IndexBuild, act: () => Promise<Answer<R>>): Promise<Answer<R>>
}

export interface BuildRunnerOptions {
  readonly target: PostgresTarget
  readonly connection: Connection
  readonly pid: number
  readonly monitor: () => Promise<Connection>
  readonly options: WriterOptions
}

export function createBuildRunner(own: BuildRunnerOptions): BuildRunner {
  const { connection, pid, monitor, options } = own
  const progress =
    options.onIndexProgress && createProgressWatch(pid, monitor, options.onIndexProgress)

  const run: BuildRunner['run'] = async (build, local, act) => {
    const done = progress?.watch(build)
    try {
      return await (build.isAlone ? withoutTimeout(connection, local, act) : act())
    } finally {
      done?.()
    }
  }
  const runConcurrently: BuildRunner['runConcurrently'] = async (build, act) => {
    const before = await lookBefore(connection, build)
    assertNotCancelled(connection)
    try {
      const answer = await run(build, false, act)
      if (!build.ifNotExists || !(await dropFound(own, build, before))) return answer
      assertNotCancelled(connection)
      return await run(build, false, act)
    } catch (thrown) {
      throw await explained(own, build, before, thrown)
    }
  }
  return { run, runConcurrently }
}

/** After an interruption the connection records it: what is sent now would run into that. */
function assertNotCancelled({ cancelled }: Connection): void {
  if (cancelled) throw new MigrateError('INTERRUPTED')
}

/** What the session had before is back afterwards, whoever set it. */
async function withoutTimeout<R>(
  connection: Connection,
  local: boolean,
  act: () => Promise<Answer<R>>,
): Promise<Answer<R>> {
  const [, answer] = await Promise.allSettled([
    send(
      connection,
      `SELECT set_config('migrate.former_timeout', current_setting('statement_timeout'), ${local}),
         set_config('statement_timeout', '0', ${local})`,
    ),
    act(),
    send(
      connection,
      `SELECT set_config('statement_timeout', current_setting('migrate.former_timeout'), ${local})`,
    ),
  ])
  if (answer.status === 'fulfilled') return answer.value
  throw answer.reason
}

/**
 * IF NOT EXISTS takes whatever has the name, be it what an earlier build left half made. Drops that; says whether there
 * was any.
 */
async function dropFound(
  { connection, pid, options }: BuildRunnerOptions,
  build: IndexBuild,
  before: Before,
): Promise<boolean> {
  if (build.index === null) return false
  const found = await invalidIndexes(connection, build, { ...before, invalid: [] }, pid)
  for (const index of found) {
    await send(connection, `DROP INDEX CONCURRENTLY ${index}`)
    options.onNotice('NOTICE', `dropped ${index}, which an earlier build had left invalid`)
  }
  return found.length > 0
}

/** The error of a build, once what it left is dropped; it names what could not be. */
async function explained(
  own: BuildRunnerOptions,
  build: IndexBuild,
  before: Before,
  thrown: unknown,
): Promise<unknown> {
  const { target, connection, pid, options } = own
  const { onNotice, runId } = options
  const inTheWay = await leftByEarlier(own, build, before, thrown)
  if (inTheWay !== null) return withMore(thrown, inTheWay)
  try {
    const { lost } = connection
    const { dropped, left } = await dropInvalid(target, build, before, { pid, runId, lost })
    for (const index of dropped)
      onNotice('NOTICE', `dropped ${index}, which was not built to its end`)
    if (left.length === 0) return thrown
    const more = left.map(
      ({ index, why }) =>
        `The index ${index} is left invalid, and could not be dropped (${why}): DROP INDEX CONCURRENTLY ${index};`,
    )
    for (const sentence of more) onNotice('WARNING', sentence)
    return withMore(thrown, more.join(' '))
  } catch (error) {
    const name = build.index ?? `an index of ${build.table ?? 'this database'}`
    const sentence = `Whether ${name} is left invalid could not be seen (${(error as Error).message}): \`validate --category indexes\` tells.`
    onNotice('WARNING', sentence)
    return withMore(thrown, sentence)
  }
}

// https://www.postgresql.org/docs/current/errcodes-appendix.html
const DUPLICATE_TABLE = '42P07'

/** What to do where the index is there, invalid, since an earlier build was killed. */
async function leftByEarlier(
  { connection, pid }: BuildRunnerOptions,
  build: IndexBuild,
  before: Before,
  thrown: unknown,
): Promise<string | null> {
  const state = thrown instanceof MigrateError ? (thrown.cause as { code?: unknown })?.code : null
  if (state !== DUPLICATE_TABLE || build.index === null) return null
  const [index] = await invalidIndexes(connection, build, { ...before, invalid: [] }, pid)
  if (index === undefined) return null
  return `It is not valid: an earlier build did not end. Drop it with DROP INDEX CONCURRENTLY ${index}; or write CREATE INDEX CONCURRENTLY IF NOT EXISTS, which builds such an index anew.`
}

function withMore(thrown: unknown, more: string): unknown {
  if (!(thrown instanceof MigrateError)) return thrown
  const { code, message, hint, offset, cause } = thrown
  return new MigrateError(code, {
    message: `${/[.!?]$/.test(message) ? message : `${message}.`} ${more}`,
    hint,
    ...(offset !== undefined && { offset }),
    cause,
  })
}
