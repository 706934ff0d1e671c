import { entriesOf, readCatalogue } from '../backup/catalogue/catalogue.ts'
import { MigrateError } from '../errors.ts'
import type { Finding } from '../finding.ts'
import { readLog } from '../journal/read.ts'
import { findLeftovers } from '../schema/leftovers.ts'
import { factKey, type Snapshot } from '../schema/snapshot.ts'
import { composeVersions } from '../schema/versions.ts'
import { checkLogHeads, type RememberedHead } from '../validate/log-heads.ts'
import { checkSchema } from '../validate/schema.ts'
import { checkTracking } from '../validate/tracking.ts'
import { backupFolder, databaseOf } from './backup-folder.ts'
import type { Category } from './categories.ts'
import type { RunContext } from './context.ts'
import { expectedVersions } from './expected.ts'
import { assertExists, gatherFrom, type World } from './gather.ts'
import { withReader } from './reader.ts'

export interface ValidationResult {
  /** No errors among the findings. */
  readonly ok: boolean
  readonly categories: readonly Category[]
  readonly findings: readonly Finding[]
}

/** Checks the database; writes nothing. */
export async function validate(
  ctx: RunContext,
  categories: readonly Category[],
): Promise<ValidationResult> {
  await assertExists(ctx.dialect)
  return withReader(ctx.dialect, async (session) => {
    const world = await gatherFrom(ctx, session, 'pending')
    const findings: Finding[] = []
    if (categories.includes('tracking')) {
      const log = world.journal.kind === 'ours' ? await readLog(session) : []
      findings.push(...checkTracking(world.journal, world.files, log))
      if (log.length) findings.push(...checkLogHeads(log, await rememberedHeads(ctx)))
    }
    if (categories.includes('schema')) {
      findings.push(...schemaFindings(ctx, world, await ctx.dialect.introspect(session)))
    }
    const ok = !findings.some(({ severity }) => severity === 'error')
    return { ok, categories, findings }
  })
}

async function rememberedHeads(ctx: RunContext): Promise<RememberedHead[]> {
  const catalogue = await readCatalogue(backupFolder(ctx))
  return entriesOf(catalogue, databaseOf(ctx)).flatMap(({ file, manifest }) => {
    const { takenAt, reason, schema } = manifest
    const run = reason.kind === 'before' ? reason.run : null
    return schema.log ? [{ file, takenAt, run, ...schema.log }] : []
  })
}

function schemaFindings(ctx: RunContext, world: World, live: Snapshot): Finding[] {
  const inState = (status: string): string[] =>
    world.graph.order.filter((id) => world.rows.get(id)?.status === status)
  const [applied, failed] = [inState('applied'), inState('failed')]
  try {
    const involved = [...applied, ...failed]
    const known = involved.length ? expectedVersions(ctx, world, involved) : new Map()
    const left = failed.flatMap((version) =>
      findLeftovers(known, version, applied, live).exact.map((fact) => [factKey(fact), version]),
    )
    const leftovers = new Map(left as [string, string][])
    const expected = composeVersions(known, applied)
    return checkSchema(expected, live, leftovers, ctx.settings.ownTables)
  } catch (thrown) {
    // without it nothing can be said of the schema; what the other categories found still counts
    if (!(thrown instanceof MigrateError)) throw thrown
    const { code, message, hint } = thrown
    return [{ code, severity: 'error', message, fix: hint }]
  }
}
