import type { Dialect } from '../../dialect/port.ts'
import type { Session } from '../../dialect/session.ts'
import { MigrateError } from '../../errors.ts'
import { columnList, quoteName, tableSql } from '../../schema/names.ts'
import type { Fact, Snapshot } from '../../schema/snapshot.ts'
import { quarantineOf } from '../../validate/schema.ts'

/** What a quarantine table has besides the columns of its table. */
export const ABOUT = ['quarantined_at', 'quarantine_reason', 'quarantine_run'] as const

/** A table, and where its rows go. */
export interface Place {
  readonly table: string
  /** In SQL. */
  readonly from: string
  readonly quarantine: string
  /** In SQL. */
  readonly into: string
  /** Those that can be written. */
  readonly columns: readonly Fact[]
  /** Columns that tell its rows apart and are never NULL; null where there are none. */
  readonly key: readonly string[] | null
}

/** PostgreSQL cuts longer names without a word. */
const LONGEST_NAME = 63

/** Throws SCHEMA_CONFLICT for a table whose rows cannot be moved as a whole. */
export function placeOf(live: Snapshot, dialect: Dialect, table: string): Place {
  const quarantine = quarantineOf(table)
  if (dialect.name === 'postgres' && Buffer.byteLength(quarantine) > LONGEST_NAME) {
    throw unmovable(table, `${quarantine} would be longer than ${LONGEST_NAME} bytes`)
  }
  const heir = [...live.values()].find(
    ({ kind, is }) => kind === 'table' && Array.isArray(is.inherits) && is.inherits.includes(table),
  )
  if (heir) throw unmovable(table, `${heir.name} inherits from it, and its rows have more columns`)
  return {
    table,
    from: tableSql(live, table),
    quarantine,
    into: quoteName(quarantine),
    columns: columnsOf(live, table).filter(({ is }) => is.generated === undefined),
    key: keyOf(live, table),
  }
}

const unmovable = (table: string, why: string): MigrateError =>
  new MigrateError('SCHEMA_CONFLICT', {
    message: `Rows of ${table} cannot be put into quarantine: ${why}.`,
    hint: 'Put them right by hand.',
  })

export const columnsOf = (live: Snapshot, table: string): Fact[] =>
  [...live.values()].filter((fact) => fact.kind === 'column' && fact.table === table)

export const names = (columns: readonly Fact[]): string[] => columns.map(({ name }) => name)

/** Sets of columns that no two rows share, the primary key first; what is written in expressions is left out. */
export function uniqueSets(live: Snapshot, table: string): (readonly string[])[] {
  const own = [...live.values()].filter((fact) => fact.table === table)
  const columns = names(own.filter(({ kind }) => kind === 'column'))
  const unique = own.filter(
    ({ kind, is }) =>
      kind === 'primary_key' ||
      kind === 'unique' ||
      (kind === 'index' && is.unique === true && is.where == null && is.invalid !== true),
  )
  return unique
    .sort((a, b) => Number(b.kind === 'primary_key') - Number(a.kind === 'primary_key'))
    .map(({ kind, name, is }) => (Array.isArray(is.columns) ? is.columns : splitName(kind, name)))
    .filter((set) => set.length > 0 && set.every((column) => columns.includes(column)))
}

/** A unique constraint of PostgreSQL goes by its columns. */
const splitName = (kind: Fact['kind'], name: string): string[] =>
  kind === 'unique' ? name.split(',') : []

function keyOf(live: Snapshot, table: string): readonly string[] | null {
  const isPrimary = live.get(`primary_key ${table}.primary`)?.is.columns
  const sets = uniqueSets(live, table)
  const never = (column: string) => live.get(`column ${table}.${column}`)?.is.notNull === true
  return (isPrimary ? sets[0] : sets.find((set) => set.every(never))) ?? null
}

/**
 * Makes the table that rows of `place` go to, or adds the columns that it has not yet. Throws SCHEMA_CONFLICT where a
 * column of it has another type.
 */
export async function prepareQuarantine(
  session: Pick<Session, 'query'>,
  dialect: Dialect,
  live: Snapshot,
  { table, columns, quarantine, into }: Place,
): Promise<void> {
  const isStrict = live.get(`table ${table}`)?.is.strict === true
  const defined = (column: Fact): string => definition(column, isStrict)
  if (!live.has(`table ${quarantine}`)) {
    const about = [`quarantined_at ${dialect.journalTypes.timestamp}`, ...ABOUT.slice(1).map(text)]
    await session.query(`CREATE TABLE ${into} (${[...columns.map(defined), ...about].join(', ')})`)
    return
  }
  for (const column of columns) {
    const kept = live.get(`column ${quarantine}.${column.name}`)
    if (!kept) {
      await session.query(`ALTER TABLE ${into} ADD COLUMN ${defined(column)}`)
    } else if (kept.is.type !== typeOf(column, isStrict)) {
      throw new MigrateError('SCHEMA_CONFLICT', {
        message: `${quarantine}.${column.name} is ${kept.is.type}, and ${table}.${column.name} is ${column.is.type} by now: rows would change on their way.`,
        hint: `Put its rows back with \`validate --restore-quarantined ${table}\`, or rename ${quarantine}.`,
      })
    }
  }
}

const text = (name: string): string => `${name} TEXT`

function definition(column: Fact, isStrict: boolean): string {
  const collation = column.is.collate ?? column.is.collation
  return [
    quoteName(column.name),
    typeOf(column, isStrict),
    collation === undefined ? '' : `COLLATE ${collation}`,
  ]
    .filter(Boolean)
    .join(' ')
}

/** ANY keeps a value as it is in a STRICT table only; elsewhere it would make a number of '007'. */
const typeOf = ({ is }: Fact, isStrict: boolean): string =>
  isStrict && is.type === 'ANY' ? '' : String(is.type)

export const columnsSql = (place: Place, of = ''): string => columnList(names(place.columns), of)
