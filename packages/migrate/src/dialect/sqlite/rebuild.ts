import type { Fact, Snapshot } from '../../schema/snapshot.ts'
import { folded, quoted } from './catalogue.ts'
import { createWithin } from './create.ts'
import { createTable } from './create-table.ts'

/**
 * The table made anew as `expected` has it, with its rows: https://www.sqlite.org/lang_altertable.html#otheralter. Run
 * outside a transaction; rows of `PRAGMA foreign_key_check` are rows that point at nothing. Every row is kept, or the
 * statement that copies them fails and nothing has changed after a ROLLBACK. Left behind: columns, indexes and triggers
 * that `expected` does not have. `missing` is a column that the table does not have yet.
 */
export function rebuildTable(table: Fact, expected: Snapshot, missing: string | null): string[] {
  const parts = [...expected.values()].filter((fact) => fact.table === table.name)
  const rebuilt = `_rebuilt_${table.name}`
  const copied = parts.filter(
    ({ kind, name, is }) =>
      kind === 'column' &&
      is.generated === undefined &&
      (missing === null || folded(name) !== folded(missing)),
  )
  const [names, values] = [
    copied.map(({ name }) => quoted(name)).join(', '),
    // a name alone in double quotes could be read as a text where there is no such column
    copied.map(({ name }) => `old.${quoted(name)}`).join(', '),
  ]
  return [
    'PRAGMA foreign_keys = OFF',
    // otherwise views over the table stand in the way of the new name
    'PRAGMA legacy_alter_table = ON',
    'BEGIN IMMEDIATE',
    createTable(table, parts, rebuilt),
    ...(names === ''
      ? []
      : [
          `INSERT INTO ${quoted(rebuilt)} (${names}) SELECT ${values} FROM ${quoted(table.name)} AS old`,
        ]),
    ...(table.is.autoincrement ? numbersOf(table.name, rebuilt) : []),
    `DROP TABLE ${quoted(table.name)}`,
    `ALTER TABLE ${quoted(rebuilt)} RENAME TO ${quoted(table.name)}`,
    ...createWithin(
      parts.filter(({ kind }) => kind === 'index' || kind === 'trigger'),
      expected,
    ),
    `PRAGMA foreign_key_check(${quoted(table.name)})`,
    'COMMIT',
    'PRAGMA legacy_alter_table = OFF',
    'PRAGMA foreign_keys = ON',
  ]
}

/** AUTOINCREMENT never gives a number twice, be its row gone. */
const numbersOf = (from: string, to: string): string[] => [
  `DELETE FROM sqlite_sequence WHERE name = ${text(to)}`,
  `INSERT INTO sqlite_sequence (name, seq) SELECT ${text(to)}, seq FROM sqlite_sequence WHERE name = ${text(from)}`,
]

const text = (name: string): string => `'${name.replaceAll("'", "''")}'`
