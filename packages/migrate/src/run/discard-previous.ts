import type { RunContext } from './context.ts'
import { holdLock } from './session.ts'

export interface DiscardResult {
  readonly outcome: 'done' | 'nothing' | 'planned'
  /** What was removed, or would be: names of databases, or files. */
  readonly discarded: readonly string[]
}

/** Removes what restores replaced and kept. */
export async function discardPrevious(
  ctx: RunContext,
  { dryRun, waitMs }: { readonly dryRun: boolean; readonly waitMs: number },
): Promise<DiscardResult> {
  const { backup } = ctx.dialect
  const found = await backup.previous()
  if (found.length === 0) return { outcome: 'nothing', discarded: [] }
  if (dryRun) return { outcome: 'planned', discarded: found }
  return holdLock(ctx, { purpose: 'restore', waitMs }, async () => {
    const discarded: string[] = []
    for (const name of await backup.previous()) {
      await backup.discardPrevious(name)
      discarded.push(name)
    }
    return { outcome: discarded.length ? 'done' : 'nothing', discarded }
  })
}
