import type { TakeOverResult } from '../run/take-over.ts'
import type { CommandContext } from './command.ts'

/** Shows what differs, and asks whether the database is to be taken like that; where nothing differs, neither. */
export async function confirmDrift(
  found: TakeOverResult,
  confirm: CommandContext['confirm'],
): Promise<void> {
  if (found.outcome !== 'differs') return
  const { renderComparison } = await import('./render/take-over.ts')
  await confirm('Take the database as it is, with these differences?', (view) =>
    renderComparison(found, view),
  )
}
