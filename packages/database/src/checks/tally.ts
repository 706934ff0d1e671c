import type { Finding } from '@fossawork/migrate'

interface Where {
  /** `table.column`. */
  readonly object: string
  /** `users id 17`. */
  readonly row: string
}

type Telling = (
  key: string,
  count: number,
) => Pick<Finding, 'code' | 'severity' | 'message'> & { readonly fix: string }

/** Counts things by a key and keeps the first three of each: memory stays flat. */
export interface Tally {
  add(key: string, where: Where): void
  /** A finding a key. */
  findings(tell: Telling): Finding[]
}

const EXAMPLES = 3

export function createTally(): Tally {
  const counts = new Map<string, { count: number; object: string; examples: Set<string> }>()
  return {
    add(key, { object, row }) {
      const one = counts.get(key) ?? { count: 0, object, examples: new Set() }
      counts.set(key, one)
      one.count++
      if (one.examples.size < EXAMPLES) one.examples.add(row)
    },
    findings: (tell) =>
      [...counts].map(([key, { count, object, examples }]) => ({
        ...tell(key, count),
        at: { object },
        count,
        examples: [...examples],
      })),
  }
}
