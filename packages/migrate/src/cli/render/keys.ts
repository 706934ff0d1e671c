import type { KeyInfo } from '../json.ts'
import { table } from './table.ts'
import type { View } from './view.ts'

/** One line a key, the primary first. */
export function renderKeys(keys: readonly KeyInfo[], from: string, view: View): string {
  const rows = table(
    keys,
    [
      { value: ({ id }) => id },
      { value: ({ isPrimary }) => (isPrimary ? 'primary' : ''), color: () => 'green' },
      { value: ({ recipient }) => recipient, shrinks: true },
    ],
    view,
  )
  return `${rows}\n${view.paint('dim', `From ${from}.`)}`
}
