import { describeHandChange, findHandChanges } from '../journal/hand-changes.ts'
import { readLoggedStates } from '../journal/read.ts'
import type { RunContext } from './context.ts'
import type { LockedRun } from './locked-run.ts'

/**
 * Appends an `external_change` entry for every version that was changed by hand since the log last spoke of it. The
 * change itself is taken as it is: the table says what is applied.
 */
export async function recordExternalChanges(ctx: RunContext, run: LockedRun): Promise<void> {
  const changes = findHandChanges(run.world.rows, await readLoggedStates(run.writer))
  for (const change of changes) {
    const { version, status, checksum, before } = change
    await run.recorder.append({
      event: 'external_change',
      version,
      status,
      checksum,
      detail: { before },
    })
    ctx.emit({
      type: 'finding',
      finding: {
        code: 'CHANGED_BY_HAND',
        severity: 'warning',
        message: describeHandChange(change),
        at: { version },
      },
    })
  }
}
