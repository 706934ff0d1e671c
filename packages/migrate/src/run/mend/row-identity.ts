import type { Dialect } from '../../dialect/port.ts'
import { quoteName } from '../../schema/names.ts'
import type { Fact, Snapshot } from '../../schema/snapshot.ts'
import { listOf, readTables } from '../../validate/data/tables.ts'

/** How rows are told apart, and known again in their quarantine while they are on their way. */
export interface Identity {
  /** SQL of what a row `t` goes by; never NULL. */
  readonly own: readonly string[]
  /** SQL of the same, of its copy. */
  readonly kept: readonly string[]
  /** SQL of what the mark of its copy ends with. */
  readonly suffix: string
}

/**
 * By the number that SQLite gives to each row, which the mark of the copy carries: there a primary key may be NULL, in
 * many rows. Else by a key whose columns are copied; null where there is none.
 */
export function identityOf(live: Snapshot, dialect: Dialect, table: string): Identity | null {
  const rowid = readTables(live, null, dialect.name).get(table)?.rowid ?? null
  if (rowid !== null) {
    return {
      own: [`t.${quoteName(rowid)}`],
      kept: [`CAST(substr(quarantine_run, instr(quarantine_run, ':') + 1) AS INTEGER)`],
      suffix: `':' || t.${quoteName(rowid)}`,
    }
  }
  const key = keyOf(live, table)
  if (key === null) return null
  const kept = key.map(quoteName)
  return { own: kept.map((column) => `t.${column}`), kept, suffix: "''" }
}

function keyOf(live: Snapshot, table: string): readonly string[] | null {
  const primary = live.get(`primary_key ${table}.primary`)
  const isPrimary = (column: string): boolean =>
    primary !== undefined && listOf(primary).includes(column)
  const serves = (column: string): boolean => {
    const is = live.get(`column ${table}.${column}`)?.is
    return is?.generated === undefined && (is?.notNull === true || isPrimary(column))
  }
  return uniqueSets(live, table).find((set) => set.every(serves)) ?? null
}

/** Sets of columns that no two rows share, the primary key first; what is written in expressions is left out. */
export function uniqueSets(live: Snapshot, table: string): (readonly string[])[] {
  const own = [...live.values()].filter((fact) => fact.table === table)
  const columns = own.filter(({ kind }) => kind === 'column').map(({ name }) => name)
  const unique = own.filter(
    ({ kind, is }) =>
      kind === 'primary_key' ||
      kind === 'unique' ||
      (kind === 'index' && is.unique === true && is.where == null && is.invalid !== true),
  )
  return unique
    .sort((a, b) => Number(b.kind === 'primary_key') - Number(a.kind === 'primary_key'))
    .map(columnsIn)
    .filter((set) => set.length > 0 && set.every((column) => columns.includes(column)))
}

/** Only an index has its columns as they are written in SQL. */
const columnsIn = (fact: Fact): readonly string[] =>
  fact.kind !== 'index' && Array.isArray(fact.is.columns) ? fact.is.columns : listOf(fact)
