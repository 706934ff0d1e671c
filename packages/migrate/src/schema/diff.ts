import type { Fact, Snapshot } from './snapshot.ts'

/** One difference between what should be there and what is. */
export interface Difference {
  readonly kind: 'missing' | 'different' | 'unexpected'
  readonly key: string
  readonly expected?: Fact
  readonly actual?: Fact
}

/**
 * What tells `actual` from `expected`, in order of key. A table that is missing or unexpected as a whole is one
 * difference, without its columns, keys and indexes. An index that is being built is none: what it will be is not known.
 */
export function diffSnapshots(expected: Snapshot, actual: Snapshot): Difference[] {
  const differences: Difference[] = []
  for (const [key, fact] of expected) {
    const found = actual.get(key)
    if (!found) differences.push({ kind: 'missing', key, expected: fact })
    else if (!isBeingBuilt(found) && !sameDefinition(fact, found)) {
      differences.push({ kind: 'different', key, expected: fact, actual: found })
    }
  }
  for (const [key, fact] of actual) {
    if (!expected.has(key) && !isBeingBuilt(fact))
      differences.push({ kind: 'unexpected', key, actual: fact })
  }
  const whole = (kind: Difference['kind']) =>
    new Set(
      differences
        .filter((d) => d.kind === kind && factOf(d).kind === 'table')
        .map((d) => factOf(d).name),
    )
  const missing = whole('missing')
  const unexpected = whole('unexpected')
  return differences
    .filter((d) => {
      const { table } = factOf(d)
      return table === null || !(d.kind === 'missing' ? missing : unexpected).has(table)
    })
    .sort((a, b) => (a.key < b.key ? -1 : 1))
}

/** Whether somebody is building this index right now. */
export const isBeingBuilt = ({ builtBy }: Fact): boolean => builtBy !== undefined

/** Whether two facts say the same, whatever the order of their keys. */
export function sameDefinition(a: Fact, b: Fact): boolean {
  // most often their keys are in the same order, and a look at all of a schema is to be cheap
  return JSON.stringify(a.is) === JSON.stringify(b.is) || canonical(a.is) === canonical(b.is)
}

export const factOf = (difference: Difference): Fact =>
  (difference.expected ?? difference.actual) as Fact

/** Whether it is one of these tables, which no migration made. */
export const isTableOf = ({ kind, actual }: Difference, names: readonly string[]): boolean =>
  kind === 'unexpected' && actual?.kind === 'table' && names.includes(actual.name)

/** One line: `column users.email is VARCHAR(100), should be VARCHAR(255)`. */
export function describeDifference({ kind, key, expected, actual }: Difference): string {
  if (kind === 'missing') return `${key} is missing`
  if (kind === 'unexpected') return `${key} is there, and no migration made it`
  const keys = new Set([...Object.keys(expected?.is ?? {}), ...Object.keys(actual?.is ?? {})])
  const changes = [...keys]
    .filter((name) => JSON.stringify(expected?.is[name]) !== JSON.stringify(actual?.is[name]))
    .map((name) => `${name} is ${show(actual?.is[name])}, should be ${show(expected?.is[name])}`)
  return `${key}: ${changes.join('; ')}`
}

const show = (value: unknown): string => (value === undefined ? 'not set' : JSON.stringify(value))

const canonical = (is: Fact['is']): string =>
  JSON.stringify(Object.entries(is).sort(([a], [b]) => (a < b ? -1 : 1)))
