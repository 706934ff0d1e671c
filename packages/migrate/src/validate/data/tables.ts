import type { Relation } from '../../config/expectations.ts'
import type { DialectName } from '../../dialect/port.ts'
import type { Fact, FactValue, Snapshot } from '../../schema/snapshot.ts'
import { isQuarantine } from '../schema.ts'

/** A table as its rows are looked at. */
export interface Table {
  /** As people are told it. */
  readonly name: string
  /** In SQL. */
  readonly from: string
  /** By name. */
  readonly columns: ReadonlyMap<string, Column>
  /** What tells rows apart: the primary key, or the name that the database has for a row's place. */
  readonly key: readonly string[]
  readonly foreignKeys: readonly Relation[]
  /** Whether it is the project's, and holds rows of its own. */
  readonly isScanned: boolean
  /** SQLite: a column that numbers the rows; null where there is none. */
  readonly rowid: string | null
  /** SQLite: it takes values of the declared types only. */
  readonly isStrict: boolean
  readonly indexes: readonly Index[]
}

export interface Column {
  readonly name: string
  /** As it was declared, in capitals on SQLite. */
  readonly type: string
  readonly notNull: boolean
}

interface Index {
  readonly columns: readonly string[]
  readonly unique: boolean
}

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** A text in SQL. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** A list of names in SQL, each of the row `alias`. */
export const columnsOf = (alias: string, columns: readonly string[]): string[] =>
  columns.map((column) => `${alias}.${quoted(column)}`)

/**
 * All tables by name. Not scanned: those of another schema that no migration made, partitions (their parent has their
 * rows), what stands on another server, virtual ones, and what `--fix` put aside.
 */
export function readTables(
  live: Snapshot,
  expected: Snapshot | null,
  dialect: DialectName,
): ReadonlyMap<string, Table> {
  const facts = Map.groupBy(live.values(), ({ table }) => table)
  const tables = [...live].filter(([, { kind }]) => kind === 'table')
  return new Map(
    tables.map(([key, fact]) => {
      const isOurs = fact.is.schema === undefined || expected?.has(key) === true
      return [fact.name, readTable(fact, facts.get(fact.name) ?? [], { dialect, isOurs })]
    }),
  )
}

function readTable(
  { name, is }: Fact,
  facts: readonly Fact[],
  { dialect, isOurs }: { readonly dialect: DialectName; readonly isOurs: boolean },
): Table {
  const of = (kind: Fact['kind']): Fact[] => facts.filter((fact) => fact.kind === kind)
  const columns = of('column').map(
    ({ name, is }): Column => ({ name, type: String(is.type), notNull: is.notNull === true }),
  )
  const [primary] = of('primary_key').map(listOf)
  const rowid = dialect === 'sqlite' && is.withoutRowid !== true ? rowidOf(columns) : null
  const isElsewhere = is.foreign === true || is.partitionOf !== undefined
  return {
    name,
    from: fromOf(name, is.schema, dialect),
    columns: new Map(columns.map((column) => [column.name, column])),
    key: primary ?? (dialect === 'postgres' ? ['ctid'] : rowid === null ? [] : [rowid]),
    foreignKeys: of('foreign_key').map((fact) => relationOf(name, fact)),
    isScanned: isOurs && is.virtual === undefined && !isElsewhere && !isQuarantine(name),
    rowid,
    isStrict: is.strict === true,
    indexes: [
      ...(primary ? [{ columns: primary, unique: true }] : []),
      ...of('unique').map((fact) => ({ columns: listOf(fact), unique: true })),
      ...of('index')
        .filter(({ is }) => is.where == null && is.invalid !== true && is.method === undefined)
        .map((fact) => ({ columns: listOf(fact), unique: fact.is.unique === true })),
    ],
  }
}

/** The columns of a key or an index, without order and quotes. */
export const listOf = ({ is }: Fact): string[] =>
  textsOf(is.columns).map((column) => plain(column.replace(/ desc$/i, '')))

function fromOf(name: string, schema: unknown, dialect: DialectName): string {
  if (dialect === 'sqlite') return `main.${quoted(name)}`
  if (typeof schema !== 'string') return quoted(name)
  return `${quoted(schema)}.${quoted(name.slice(schema.length + 1))}`
}

// a column may have the name that SQLite gives to the number of a row
const rowidOf = (columns: readonly Column[]): string | null =>
  ['rowid', '_rowid_', 'oid'].find(
    (name) => !columns.some((column) => column.name.toLowerCase() === name),
  ) ?? null

export const relationOf = (table: string, { is }: Fact): Relation => ({
  table,
  columns: textsOf(is.columns),
  references: plain(String(is.references)),
  referencesColumns: textsOf(is.referencesColumns),
})

const textsOf = (value: FactValue | undefined): readonly string[] =>
  Array.isArray(value) ? value : []

/** A name as PostgreSQL's catalogue spells it in SQL, without its quotes. */
const plain = (name: string): string =>
  name.replace(/"((?:[^"]|"")*)"/g, (_, inner: string) => inner.replaceAll('""', '"'))

/** Whether rows are found by these columns without reading them all. */
export const isIndexed = ({ indexes }: Table, columns: readonly string[]): boolean =>
  indexes.some((index) => columns.includes(index.columns[0] ?? ''))
