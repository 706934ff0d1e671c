import type { Fact, Snapshot } from '../../schema/snapshot.ts'
import { inPlace, type Undo, type UndoStage } from '../../schema/undo.ts'
import { folded, quoted } from './catalogue.ts'
import { createWithin } from './create.ts'
import { createTable } from './create-table.ts'

/**
 * The table made anew as `after` has it, with its rows, its columns in the order that they have; columns that it lacks come
 * last. The table as it was is not dropped but set aside, and stays with all that the new one cannot hold.
 *
 * It loses nothing, whether its statements run one by one, as a script that stops at an error or as one that goes on:
 * nothing in it deletes a row. Where anything failed (rows that a constraint refuses, rows that would point at nothing,
 * more than before, a name that is taken), the last check rolls all of it back, and COMMIT finds nothing to do. To be run
 * outside a transaction, with no foreign keys: in one it refuses.
 */
export function rebuildTable(table: Fact, { now, after }: UndoStage): Undo {
  const { name } = table
  const parts = inPlace([...after.values()].filter((fact) => fact.table === name))
  const attached = parts.filter(({ kind }) => kind === 'index' || kind === 'trigger')
  const there = new Set(columnsOf(now, name))
  const copied = parts.filter(
    (part) =>
      part.kind === 'column' && part.is.generated === undefined && there.has(folded(part.name)),
  )
  const old = freeName(`_before_${name}`, now)
  const [names, values] = [
    copied.map((column) => quoted(column.name)).join(', '),
    // a name alone in double quotes could be read as a text where there is no such column
    copied.map((column) => `old.${quoted(column.name)}`).join(', '),
  ]
  const checks = checksOf(name, old, attached)
  return {
    remade: true,
    statements: [
      'PRAGMA busy_timeout = 10000',
      'PRAGMA foreign_keys = OFF',
      // otherwise what refers to the table, and views over it, would follow the old one
      'PRAGMA legacy_alter_table = ON',
      // it cannot fail, as BEGIN does while somebody else writes
      'SAVEPOINT rebuild',
      `CREATE TEMP TABLE _checked (passed INTEGER CONSTRAINT ${quoted(`${name} cannot be made anew, and is as it was`)} CHECK (passed))`,
      `ALTER TABLE ${quoted(name)} RENAME TO ${quoted(old)}`,
      ...attached.map(
        (part) =>
          `DROP ${part.kind === 'index' ? 'INDEX' : 'TRIGGER'} IF EXISTS ${quoted(part.name)}`,
      ),
      createTable(table, parts),
      ...(names === ''
        ? []
        : [`INSERT INTO ${quoted(name)} (${names}) SELECT ${values} FROM ${quoted(old)} AS old`]),
      ...(table.is.autoincrement ? numbersOf(old, name) : []),
      ...createWithin(attached, after),
      `PRAGMA foreign_key_check(${quoted(name)})`,
      ...checks.map((check) => `INSERT INTO temp._checked SELECT ${check}`),
      `INSERT OR ROLLBACK INTO temp._checked SELECT count(*) = ${checks.length} FROM temp._checked`,
      'DROP TABLE temp._checked',
      'RELEASE rebuild',
      'PRAGMA legacy_alter_table = OFF',
      'PRAGMA foreign_keys = ON',
    ],
    destroys: [`DROP TABLE ${quoted(old)}`],
  }
}

/** Each is true once all went well. */
function checksOf(name: string, old: string, attached: readonly Fact[]): string[] {
  const count = (table: string): string => `(SELECT count(*) FROM ${table})`
  const orphans = (table: string): string => count(`pragma_foreign_key_check(${text(table)})`)
  const made = attached.map((part) => text(part.name)).join(', ')
  return [
    '(SELECT foreign_keys = 0 FROM pragma_foreign_keys)',
    `${count(quoted(name))} = ${count(quoted(old))}`,
    // what the old one refers to may be wrong by itself, and is asked for only where it matters
    `CASE WHEN ${orphans(name)} = 0 THEN 1 ELSE ${orphans(name)} <= ${orphans(old)} END`,
    ...(attached.length > 0
      ? [
          `${count(`sqlite_schema WHERE tbl_name = ${text(name)} AND name IN (${made})`)} = ${attached.length}`,
        ]
      : []),
  ]
}

const columnsOf = (schema: Snapshot, table: string): string[] =>
  [...schema.values()]
    .filter((fact) => fact.kind === 'column' && fact.table === table)
    .map(({ name }) => folded(name))

function freeName(name: string, now: Snapshot): string {
  const taken = new Set([...now.values()].map((fact) => folded(fact.name)))
  let free = name
  for (let next = 2; taken.has(folded(free)); next++) free = `${name}_${next}`
  return free
}

/** AUTOINCREMENT never gives a number twice, be its row gone. */
const numbersOf = (from: string, to: string): string[] => [
  `DELETE FROM sqlite_sequence WHERE name = ${text(to)}`,
  `INSERT INTO sqlite_sequence (name, seq) SELECT ${text(to)}, seq FROM sqlite_sequence WHERE name = ${text(from)}`,
]

const text = (name: string): string => `'${name.replaceAll("'", "''")}'`
