import { asMigrateError } from '../errors.ts'
import type { Finding } from '../finding.ts'
import type { RunContext } from './context.ts'
import { holdLock } from './session.ts'

export interface DiscardResult {
  readonly outcome: 'done' | 'nothing' | 'planned'
  /** What was removed, or would be: names of databases, or files. */
  readonly discarded: readonly string[]
  /** What goes with them for good; as errors those that could not be removed, and why. */
  readonly findings: readonly Finding[]
}

/** Removes what restores replaced and kept; one that cannot be removed keeps none of the others. */
export async function discardPrevious(
  ctx: RunContext,
  { dryRun, waitMs }: { readonly dryRun: boolean; readonly waitMs: number },
): Promise<DiscardResult> {
  const { backup } = ctx.dialect
  const found = await backup.previous()
  if (found.length === 0) return { outcome: 'nothing', discarded: [], findings: [] }
  if (dryRun) {
    const notes = await Promise.all(found.map((name) => backup.previousNotes(name)))
    return { outcome: 'planned', discarded: found, findings: notes.flat() }
  }
  return holdLock(ctx, { purpose: 'restore', waitMs }, async () => {
    const discarded: string[] = []
    const findings: Finding[] = []
    for (const name of await backup.previous()) {
      try {
        const notes = await backup.previousNotes(name)
        await backup.discardPrevious(name)
        discarded.push(name)
        findings.push(...notes)
      } catch (thrown) {
        findings.push(stays(name, thrown))
      }
    }
    return { outcome: discarded.length ? 'done' : 'nothing', discarded, findings }
  })
}

function stays(name: string, thrown: unknown): Finding {
  const { code, message, hint } = asMigrateError(thrown)
  return {
    code,
    severity: 'error',
    message: `${name} was not removed: ${message}`,
    ...(hint && { fix: hint }),
  }
}
