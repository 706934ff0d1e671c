import { type Fact, type FactValue, type Snapshot, snapshotOf } from '../../schema/snapshot.ts'
import { canonicalSql } from '../../sql/canonical.ts'
import { JOURNAL_TABLES } from '../port.ts'
import type { Session } from '../session.ts'
import { folded } from './catalogue.ts'
import { bareExpression, readIndex, readTable, type TableText } from './table-sql.ts'

interface Relation {
  readonly name: string
  readonly type: 'table' | 'virtual' | 'view'
  readonly wr: number
  readonly strict: number
  readonly sql: string
}

interface Column {
  readonly table: string
  readonly name: string
  readonly type: string
  readonly notnull: number
  readonly dflt_value: string | null
  readonly cid: number
  /** Its place in the primary key, from 1; 0 outside it. */
  readonly pk: number
}

interface ForeignKeyColumn {
  readonly table: string
  readonly id: number
  readonly parent: string
  readonly from: string
  readonly to: string | null
  readonly on_update: string
  readonly on_delete: string
}

interface IndexColumn {
  readonly table: string
  readonly name: string
  readonly unique: number
  /** c: CREATE INDEX, u: UNIQUE, pk: PRIMARY KEY. */
  readonly origin: 'c' | 'u' | 'pk'
  readonly partial: number
  readonly column: string | null
  readonly desc: number
  readonly coll: string
  readonly sql: string | null
}

interface Trigger {
  readonly table: string
  readonly name: string
  readonly sql: string
}

// tables of extensions have shadow tables, which come and go with them
const RELATIONS = `
  SELECT l.name, l.type, l.wr, l.strict, s.sql
  FROM pragma_table_list AS l JOIN main.sqlite_schema AS s ON s.name = l.name AND s.type IN ('table', 'view')
  WHERE l.schema = 'main' AND l.type <> 'shadow' AND l.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`

const COLUMNS = `
  SELECT s.name AS "table", c.cid, c.name, c.type, c."notnull", c.dflt_value, c.pk
  FROM main.sqlite_schema AS s JOIN pragma_table_xinfo(s.name, 'main') AS c
  WHERE s.type = 'table' AND s.rootpage > 0 AND c.hidden <> 1`

const FOREIGN_KEYS = `
  SELECT s.name AS "table", f.id, f."table" AS parent, f."from", f."to", f.on_update, f.on_delete
  FROM main.sqlite_schema AS s JOIN pragma_foreign_key_list(s.name, 'main') AS f
  WHERE s.type = 'table' AND s.rootpage > 0 ORDER BY s.name, f.id, f.seq`

const INDEXES = `
  SELECT s.name AS "table", i.name, i."unique", i.origin, i.partial, c.name AS "column", c."desc", c.coll, x.sql
  FROM main.sqlite_schema AS s JOIN pragma_index_list(s.name, 'main') AS i
    JOIN pragma_index_xinfo(i.name, 'main') AS c
    LEFT JOIN main.sqlite_schema AS x ON x.type = 'index' AND x.name = i.name
  WHERE s.type = 'table' AND s.rootpage > 0 AND c.key = 1 ORDER BY i.name, c.seqno`

const TRIGGERS = `SELECT tbl_name AS "table", name, sql FROM main.sqlite_schema WHERE type = 'trigger'`

/** The main schema as facts; what the journal and SQLite keep for themselves is left out. */
export async function introspect(session: Session): Promise<Snapshot> {
  const rows = async <R>(sql: string): Promise<R[]> => (await session.query<R>(sql)).rows
  const relations = (await rows<Relation>(RELATIONS)).filter(({ name }) => !isJournal(name))
  const columns = grouped(await rows<Column>(COLUMNS), ({ table }) => table)
  const foreignKeys = grouped(await rows<ForeignKeyColumn>(FOREIGN_KEYS), ({ table }) => table)
  const indexes = grouped(await rows<IndexColumn>(INDEXES), ({ table }) => table)
  const triggers = (await rows<Trigger>(TRIGGERS)).filter(({ table }) => !isJournal(table))

  const facts = relations.flatMap((relation): Fact[] => {
    const { name, type, sql } = relation
    if (type === 'view') return [written(fact('view', null, name, { sql: canonical(sql) }), sql)]
    if (type === 'virtual') {
      return [written(fact('table', null, name, { virtual: canonical(sql) }), sql)]
    }
    const text = readTable(sql)
    const own = columns.get(name) ?? []
    const ownIndexes = grouped(indexes.get(name) ?? [], (column) => column.name)
    return [
      tableFact(relation, text),
      ...own.map((column) => columnFact(column, text, isRowid(relation, own, ownIndexes, column))),
      ...primaryKey(name, own),
      ...[...grouped(foreignKeys.get(name) ?? [], ({ id }) => id).values()].map((key) =>
        foreignKey(key, text, columns),
      ),
      ...text.checks.map((expression) => fact('check', name, expression, { expression })),
      ...[...ownIndexes.values()].flatMap((index) => indexFacts(index, text)),
    ]
  })
  return snapshotOf([
    ...facts,
    ...triggers.map(({ table, name, sql }) =>
      written(fact('trigger', table, name, { sql: canonical(sql) }), sql),
    ),
  ])
}

const fact = (
  kind: Fact['kind'],
  table: string | null,
  name: string,
  is: Record<string, FactValue>,
): Fact => ({ kind, table, name, is })

const written = (said: Fact, source: string): Fact => ({ ...said, source })

const canonical = (sql: string): string => canonicalSql(sql, 'sqlite')

const isJournal = (name: string): boolean => JOURNAL_TABLES.includes(folded(name))

const tableFact = ({ name, wr, strict }: Relation, { autoincrement }: TableText): Fact =>
  fact('table', null, name, {
    ...(strict && { strict: true }),
    ...(wr && { withoutRowid: true }),
    ...(autoincrement && { autoincrement: true }),
  })

/** Whether the column is another name for the rowid, which is never null, NOT NULL or not. */
const isRowid = (
  { wr }: Relation,
  columns: readonly Column[],
  indexes: ReadonlyMap<string, readonly IndexColumn[]>,
  { pk, type }: Column,
): boolean =>
  pk > 0 &&
  !wr &&
  folded(type) === 'integer' &&
  columns.filter((column) => column.pk > 0).length === 1 &&
  ![...indexes.values()].some(([first]) => first?.origin === 'pk')

function columnFact(column: Column, text: TableText, rowid: boolean): Fact {
  const key = folded(column.name)
  const collate = text.collations.get(key)
  const generated = text.generated.get(key)
  const said = fact('column', column.table, column.name, {
    type: typeName(column.type),
    notNull: rowid || column.notnull === 1,
    default: defaultValue(column.dflt_value),
    ...(generated !== undefined && { generated }),
    ...(collate !== undefined && { collate }),
  })
  return { ...said, position: column.cid }
}

const typeName = (declared: string): string =>
  declared
    .trim()
    .toUpperCase()
    .replace(/\s+/g, ' ')
    .replace(/ ?([(),]) ?/g, '$1')

function defaultValue(text: string | null): string | null {
  if (text === null) return null
  const value = bareExpression(text)
  // what SQLite makes of these words
  return value === 'null' ? null : value === 'true' ? '1' : value === 'false' ? '0' : value
}

function primaryKey(table: string, columns: readonly Column[]): Fact[] {
  const names = columns
    .filter(({ pk }) => pk > 0)
    .sort((a, b) => a.pk - b.pk)
    .map(({ name }) => name)
  return names.length > 0 ? [fact('primary_key', table, 'primary', { columns: names })] : []
}

function foreignKey(
  key: readonly ForeignKeyColumn[],
  text: TableText,
  columns: ReadonlyMap<string, readonly Column[]>,
): Fact {
  const [first] = key as [ForeignKeyColumn]
  const from = key.map((column) => column.from)
  const [parent, parentColumns] = declared(first.parent, columns)
  const to = key.map(
    (column, index) =>
      parentColumns.find(({ name, pk }) =>
        column.to === null ? pk === index + 1 : folded(name) === folded(column.to),
      )?.name ??
      column.to ??
      '',
  )
  const deferred = text.deferred.has(from.map(folded).join(','))
  return fact('foreign_key', first.table, `${from.join(',')}->${parent}.${to.join(',')}`, {
    columns: from,
    references: parent,
    referencesColumns: to,
    onDelete: folded(first.on_delete),
    onUpdate: folded(first.on_update),
    ...(deferred && { deferred }),
  })
}

/** A table as it was declared: a foreign key may spell its name in other letters. */
const declared = (
  name: string,
  columns: ReadonlyMap<string, readonly Column[]>,
): readonly [string, readonly Column[]] =>
  [...columns].find(([table]) => folded(table) === folded(name)) ?? [name, []]

function indexFacts(index: readonly IndexColumn[], text: TableText): Fact[] {
  const [first] = index as [IndexColumn]
  if (first.origin === 'pk') return []
  const inText = first.partial === 1 || index.some(({ column }) => column === null)
  const written = inText && first.sql !== null ? readIndex(first.sql) : null
  const columns = index.map(({ column, coll, desc }, position) => {
    const own = column === null ? 'BINARY' : (text.collations.get(folded(column)) ?? 'BINARY')
    const collation = coll.toUpperCase() === own ? '' : ` collate ${folded(coll)}`
    return `${column ?? written?.columns[position]}${collation}${desc ? ' desc' : ''}`
  })
  if (first.origin === 'u') {
    return [fact('unique', first.table, columns.join(','), { columns })]
  }
  const { table, name, unique } = first
  return [
    fact('index', table, name, {
      unique: unique === 1,
      columns,
      where: written?.where ?? null,
    }),
  ]
}

function grouped<T, K>(rows: readonly T[], by: (row: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>()
  for (const row of rows) {
    const group = groups.get(by(row))
    if (group) group.push(row)
    else groups.set(by(row), [row])
  }
  return groups
}
