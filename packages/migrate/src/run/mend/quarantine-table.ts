import type { Dialect } from '../../dialect/port.ts'
import type { Session } from '../../dialect/session.ts'
import { MigrateError } from '../../errors.ts'
import { columnList, quoteName, tableSql } from '../../schema/names.ts'
import type { Fact, Snapshot } from '../../schema/snapshot.ts'
import { isQuarantineTable } from '../../validate/in-quarantine.ts'
import { quarantineOf } from '../../validate/schema.ts'
import { type Identity, identityOf } from './row-identity.ts'

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
  /** Null where nothing tells its rows apart. */
  readonly identity: Identity | null
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
  const columns = columnsOf(live, table)
  const taken = columns.find(({ name }) => isAbout(dialect, name))
  if (taken) throw unmovable(table, `it has a column ${taken.name}, as every quarantine has`)
  return {
    table,
    from: tableSql(live, table),
    quarantine,
    into: quoteName(quarantine),
    columns: columns.filter(({ is }) => is.generated === undefined),
    identity: identityOf(live, dialect, table),
  }
}

/** Whether a column is one of the quarantine's own; SQLite does not tell capitals from others. */
export const isAbout = ({ name: dialect }: Dialect, column: string): boolean =>
  ABOUT.some((own) => own === (dialect === 'sqlite' ? column.toLowerCase() : column))

export const unmovable = (table: string, why: string): MigrateError =>
  new MigrateError('SCHEMA_CONFLICT', {
    message: `Rows of ${table} cannot be moved to quarantine or back: ${why}.`,
    hint: 'Put them right by hand.',
  })

export const columnsOf = (live: Snapshot, table: string): Fact[] =>
  [...live.values()].filter((fact) => fact.kind === 'column' && fact.table === table)

export const names = (columns: readonly Fact[]): string[] => columns.map(({ name }) => name)

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
    assertFree(live, dialect, table, quarantine)
    await session.query(`CREATE TABLE ${into} (${[...columns.map(defined), ...about].join(', ')})`)
    // the row security of the table that the rows come from does not come with them
    await (await dialect.roles())?.closeTables(session, [into])
    return
  }
  if (!isQuarantineTable(live, quarantine)) throw occupied(table, quarantine)
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

/** Throws SCHEMA_CONFLICT where a view, or on SQLite a table in other letters, has the name. */
function assertFree(live: Snapshot, dialect: Dialect, table: string, quarantine: string): void {
  const folded = (name: string): string => (dialect.name === 'sqlite' ? name.toLowerCase() : name)
  const other = [...live.values()].find(
    ({ kind, name }) =>
      (kind === 'table' || kind === 'view') && folded(name) === folded(quarantine),
  )
  if (other) throw occupied(table, other.name)
}

const occupied = (table: string, quarantine: string): MigrateError =>
  new MigrateError('SCHEMA_CONFLICT', {
    message: `Rows of ${table} cannot be put into quarantine: there is a ${quarantine} already, which was not made for that.`,
    hint: `Rename ${quarantine}, or put the rows right by hand.`,
  })

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
