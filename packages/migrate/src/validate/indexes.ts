import type { Finding } from '../finding.ts'
import type { Fact, FactValue, Snapshot } from '../schema/snapshot.ts'
import { type Check, type Checked, MOST_EXAMPLES } from './check.ts'
import { listOf } from './data/tables.ts'

/** What `expected indexes` of the declared checks does not see: indexes that are of no use, or missing by design. */
export const INDEXES: readonly Check[] = [
  {
    category: 'indexes',
    name: 'foreign keys with an index',
    async run(scene) {
      const expected = await scene.expected()
      return unindexed(await scene.live(), 'fault' in expected ? null : expected.snapshot)
    },
  },
  {
    category: 'indexes',
    name: 'no index twice',
    async run(scene) {
      const expected = await scene.expected()
      return duplicates(await scene.live(), 'fault' in expected ? null : expected.snapshot)
    },
  },
]

/** What may serve to look rows up by their first columns, by table. */
function lookups(snapshot: Snapshot): Map<string | null, Fact[]> {
  const serving = [...snapshot.values()].filter(
    ({ kind, is }) =>
      kind === 'primary_key' ||
      kind === 'unique' ||
      (kind === 'index' && is.where == null && is.invalid !== true && is.method === undefined),
  )
  return Map.groupBy(serving, ({ table }) => table)
}

/** Whether an index begins with these columns, in whatever order. */
function isIndexed(key: Fact, by: ReadonlyMap<string | null, readonly Fact[]>): boolean {
  const columns = listOf(key)
  return (by.get(key.table) ?? []).some((index) => {
    const first = listOf(index).slice(0, columns.length)
    return columns.every((column) => first.includes(column))
  })
}

/**
 * Foreign keys whose rows can only be found by reading all of the table, which every DELETE of a parent does. Where a
 * migration makes the index, its absence is told already; where none does, all of them together are one note.
 */
function unindexed(live: Snapshot, expected: Snapshot | null): Checked {
  const keys = [...live].filter(([, { kind }]) => kind === 'foreign_key')
  const now = lookups(live)
  const then = expected ? lookups(expected) : null
  const bare = keys.filter(([, key]) => !isIndexed(key, now) && !(then && isIndexed(key, then)))
  const places = bare.map(([, key]) => `${key.table} (${listOf(key).join(', ')})`)
  return { checked: keys.length, findings: together('FOREIGN_KEY_UNINDEXED', places) }
}

/** Indexes that are the same in all but the name. One that no migration made is told as such already. */
function duplicates(live: Snapshot, expected: Snapshot | null): Checked {
  const indexes = [...live].filter(([, { kind }]) => kind === 'index')
  const groups = Map.groupBy(indexes, ([, { table, is }]) => `${table}\n${sameWhatever(is)}`)
  const places = [...groups.values()]
    .filter((group) => group.length > 1 && group.every(([key]) => expected?.has(key) ?? true))
    .map((group) => group.map(([, { name }]) => name).join(' and '))
  return { checked: indexes.length, findings: together('INDEX_DUPLICATE', places) }
}

const NOTES = {
  FOREIGN_KEY_UNINDEXED: {
    message:
      'No index begins with the columns of some foreign keys: a DELETE of what they name reads their whole table.',
    fix: 'Where rows of the other table are deleted often, add an index in a migration.',
  },
  INDEX_DUPLICATE: {
    message: 'Some indexes are the same in all but the name: every write pays for each.',
    fix: 'Drop one of each in a migration.',
  },
} as const

/** What the migrations' own design comes to, which is no fault of the database: one note. */
function together(code: keyof typeof NOTES, places: readonly string[]): Finding[] {
  const [first] = places
  if (first === undefined) return []
  const { message, fix } = NOTES[code]
  const about = {
    at: { object: first },
    count: places.length,
    examples: places.slice(0, MOST_EXAMPLES),
  }
  return [{ code, severity: 'info', message, ...about, fix }]
}

const sameWhatever = (is: Readonly<Record<string, FactValue>>): string =>
  JSON.stringify(Object.entries(is).sort(([a], [b]) => (a < b ? -1 : 1)))
