import { entriesOf, readCatalogue } from '../backup/catalogue/catalogue.ts'
import type { Session } from '../dialect/session.ts'
import { MigrateError } from '../errors.ts'
import type { Category, Finding } from '../finding.ts'
import { readLog } from '../journal/read.ts'
import { findLeftovers } from '../schema/leftovers.ts'
import { factKey, type Snapshot } from '../schema/snapshot.ts'
import { composeVersions } from '../schema/versions.ts'
import type { RememberedHead } from '../validate/log-heads.ts'
import { type CheckResult, runChecks } from '../validate/run-checks.ts'
import type { Beside, Expected, Scene, Thoroughness } from '../validate/scene.ts'
import { backupFolder, databaseOf } from './backup-folder.ts'
import { withSessionsBeside } from './beside.ts'
import type { RunContext } from './context.ts'
import { expectedVersions } from './expected.ts'
import { assertExists, gatherFrom, type World } from './gather.ts'
import { withReader } from './reader.ts'

export interface ValidationResult {
  /** No errors among the findings. */
  readonly ok: boolean
  readonly categories: readonly Category[]
  readonly checks: readonly CheckResult[]
  readonly findings: readonly Finding[]
  /** What all checks took together, in milliseconds. */
  readonly durationMs: number
}

export interface ValidateOptions extends Thoroughness {
  readonly categories: readonly Category[]
}

/** Checks the database; writes nothing. Throws DATABASE_MISSING. */
export async function validate(
  ctx: RunContext,
  options: ValidateOptions,
): Promise<ValidationResult> {
  const { dialect } = ctx
  await assertExists(dialect)
  return withReader(dialect, (session) =>
    options.categories.some((category) => LONG.includes(category))
      ? withSessionsBeside(dialect, (beside) => validateOn(ctx, session, options, beside))
      : validateOn(ctx, session, options),
  )
}

/** What reads many rows: more connections are worth their opening. */
const LONG: readonly Category[] = ['data', 'security']

/** As {@link validate}, on a session that is open: of a run that holds the lock. */
export async function validateOn(
  ctx: RunContext,
  session: Session,
  options: ValidateOptions,
  beside: Beside | null = null,
): Promise<ValidationResult> {
  const { categories } = options
  const scene = await sceneOf(ctx, { session, beside }, options)
  const { checks, findings, durationMs } = await runChecks(scene, categories, ctx.emit)
  const ok = !findings.some(({ severity }) => severity === 'error')
  return { ok, categories, checks, findings, durationMs }
}

async function sceneOf(
  ctx: RunContext,
  { session, beside }: Pick<Scene, 'session' | 'beside'>,
  { categories, sample, pages, deep }: ValidateOptions,
): Promise<Scene> {
  const { dialect, settings, signal, keys } = ctx
  const world = await gatherFrom(ctx, session, 'pending')
  const { journal, files } = world
  const applied = inState(world, 'applied')
  const live = once(() => dialect.introspect(session))
  return {
    dialect,
    session,
    beside,
    settings,
    signal,
    journal,
    files,
    applied,
    sample,
    pages,
    deep,
    keys,
    backupFolder: backupFolder(ctx),
    has: (category) => category !== undefined && categories.includes(category),
    live,
    expected: once(async () => expectedOf(ctx, world, applied, await live())),
    log: once(async () => (journal.kind === 'ours' ? readLog(session) : [])),
    rememberedHeads: once(() => rememberedHeads(ctx)),
  }
}

const inState = (world: World, status: string): string[] =>
  world.graph.order.filter((id) => world.rows.get(id)?.status === status)

/** What is asked for again is not read again. */
function once<T>(read: () => Promise<T>): () => Promise<T> {
  let value: Promise<T> | undefined
  return () => {
    value ??= read()
    return value
  }
}

async function rememberedHeads(ctx: RunContext): Promise<RememberedHead[]> {
  const catalogue = await readCatalogue(backupFolder(ctx))
  return entriesOf(catalogue, databaseOf(ctx)).flatMap(({ file, manifest }) => {
    const { takenAt, reason, schema } = manifest
    const run = reason.kind === 'before' ? reason.run : null
    return schema.log ? [{ file, takenAt, run, ...schema.log }] : []
  })
}

function expectedOf(
  ctx: RunContext,
  world: World,
  applied: readonly string[],
  live: Snapshot,
): Expected {
  const failed = inState(world, 'failed')
  try {
    const involved = [...applied, ...failed]
    const known = involved.length ? expectedVersions(ctx, world, involved) : new Map()
    const left = failed.flatMap((version) =>
      findLeftovers(known, version, applied, live).exact.map((fact) => [factKey(fact), version]),
    )
    return {
      snapshot: composeVersions(known, applied),
      leftovers: new Map(left as [string, string][]),
    }
  } catch (thrown) {
    // without it nothing can be said of the schema; what the other checks find still counts
    if (!(thrown instanceof MigrateError)) throw thrown
    const { code, message, hint } = thrown
    return { fault: { code, severity: 'error', message, fix: hint } }
  }
}
