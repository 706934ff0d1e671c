import type { Finding } from '../finding.ts'
import { readLog } from '../journal/read.ts'
import { composeVersions } from '../schema/versions.ts'
import { checkSchema } from '../validate/schema.ts'
import { checkTracking } from '../validate/tracking.ts'
import type { Category } from './categories.ts'
import type { RunContext } from './context.ts'
import { expectedVersions } from './expected.ts'
import { gatherFrom } from './gather.ts'
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
  if (!(await ctx.dialect.exists())) return { ok: true, categories, findings: [] }
  return withReader(ctx.dialect, async (session) => {
    const world = await gatherFrom(ctx, session, 'pending')
    const findings: Finding[] = []
    if (categories.includes('tracking')) {
      const log = world.journal.kind === 'ours' ? await readLog(session) : []
      findings.push(...checkTracking(world.journal, world.files, log))
    }
    if (categories.includes('schema')) {
      const applied = world.graph.order.filter((id) => world.rows.get(id)?.status === 'applied')
      const known = applied.length ? expectedVersions(ctx, world, applied) : new Map()
      const live = await ctx.dialect.introspect(session)
      findings.push(...checkSchema(composeVersions(known, applied), live))
    }
    const ok = !findings.some(({ severity }) => severity === 'error')
    return { ok, categories, findings }
  })
}
