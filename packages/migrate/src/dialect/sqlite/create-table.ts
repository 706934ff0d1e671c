import type { Fact } from '../../schema/snapshot.ts'
import { folded, quoted } from './catalogue.ts'

/** A table as the facts have it: `name` may be another than its own. Columns come as they are given. */
export function createTable(table: Fact, parts: readonly Fact[], name = table.name): string {
  const { is } = table
  if (is.virtual !== undefined) return createVirtual(table)
  const of = (kind: Fact['kind']): Fact[] => parts.filter((fact) => fact.kind === kind)
  const [key] = of('primary_key')
  const inside = [
    ...of('column').map((column) =>
      is.autoincrement && isKey(column, key)
        ? `${quoted(column.name)} ${column.is.type} PRIMARY KEY AUTOINCREMENT`
        : columnText(column),
    ),
    ...(key && !is.autoincrement ? [`PRIMARY KEY (${names(key, 'columns')})`] : []),
    ...of('unique').map((unique) => `UNIQUE (${list(unique, 'columns').map(ordered).join(', ')})`),
    ...of('check').map(checkText),
    ...of('foreign_key').map(
      (foreign) => `FOREIGN KEY (${names(foreign, 'columns')}) ${references(foreign)}`,
    ),
  ]
  const options = [is.strict ? 'STRICT' : '', is.withoutRowid ? 'WITHOUT ROWID' : '']
  return `CREATE TABLE ${quoted(name)} (${inside.join(', ')}) ${options.filter(Boolean).join(', ')}`.trim()
}

/** `parts`: the foreign keys and checks of the column alone, which ALTER TABLE can only add together with it. */
export const addColumn = (column: Fact, parts: readonly Fact[]): string =>
  [
    `ALTER TABLE ${quoted(column.table ?? '')} ADD COLUMN ${columnText(column)}`,
    ...parts.map((part) => (part.kind === 'check' ? checkText(part) : references(part))),
  ].join(' ')

function columnText({ name, is }: Fact): string {
  const [, expression, kind] = /^(.*) (stored|virtual)$/s.exec(String(is.generated ?? '')) ?? []
  return [
    quoted(name),
    is.type,
    is.collate === undefined ? '' : `COLLATE ${is.collate}`,
    expression === undefined ? '' : `AS (${expression}) ${kind?.toUpperCase()}`,
    is.default === null || is.default === undefined ? '' : `DEFAULT (${is.default})`,
    is.notNull ? 'NOT NULL' : '',
  ]
    .filter((part) => part !== '')
    .join(' ')
}

const checkText = ({ is }: Fact): string => `CHECK (${is.expression})`

function references(foreign: Fact): string {
  const { is } = foreign
  const action = (event: string, what: unknown): string =>
    what === 'no action' ? '' : ` ON ${event} ${String(what).toUpperCase()}`
  return `REFERENCES ${quoted(String(is.references))} (${names(foreign, 'referencesColumns')})${action('DELETE', is.onDelete)}${action('UPDATE', is.onUpdate)}${
    is.deferred ? ' DEFERRABLE INITIALLY DEFERRED' : ''
  }`
}

/** `columns`: the table's, to tell a name from an expression where they are known. */
export function createIndex(index: Fact, columns: readonly string[]): string {
  const inside = list(index, 'columns').map((column) => indexed(column, columns))
  const where = typeof index.is.where === 'string' ? ` WHERE ${index.is.where}` : ''
  return `CREATE ${index.is.unique ? 'UNIQUE ' : ''}INDEX ${quoted(index.name)} ON ${quoted(index.table ?? '')} (${inside.join(', ')})${where}`
}

/** A column with what a fact says behind it: `title collate nocase desc`. */
const ORDERED = /^(.*?)( collate \S+)?( desc)?$/s

function ordered(column: string): string {
  const [, name = '', collation = '', direction = ''] = ORDERED.exec(column) ?? []
  return `${quoted(name)}${collation}${direction}`
}

function indexed(column: string, columns: readonly string[]): string {
  const [, name = ''] = ORDERED.exec(column) ?? []
  const isName = /^[a-z_]\w*$/i.test(name) || columns.some((one) => folded(one) === folded(name))
  return isName ? ordered(column) : column
}

/** As it was written; where only the canonical spelling is known, with the name as it is. */
export const createView = (view: Fact): string =>
  view.source ?? renamed(String(view.is.sql), 'view', view.name)

export const createTrigger = (trigger: Fact): string =>
  trigger.source ?? renamed(String(trigger.is.sql), 'trigger', trigger.name)

const createVirtual = (table: Fact): string =>
  table.source ?? renamed(String(table.is.virtual), 'virtual table', table.name)

/** The canonical spelling has names in lower case, and the thing's own is what it goes by. */
const renamed = (sql: string, kind: string, name: string): string =>
  sql.replace(
    new RegExp(`^create ${kind} (?:"(?:[^"]|"")*"|[^\\s(]+)`),
    () => `CREATE ${kind.toUpperCase()} ${quoted(name)}`,
  )

const isKey = (column: Fact, key: Fact | undefined): boolean =>
  key !== undefined && list(key, 'columns').some((name) => folded(name) === folded(column.name))

export const list = (fact: Fact, part: string): readonly string[] => {
  const value = fact.is[part]
  return Array.isArray(value) ? value : []
}

const names = (fact: Fact, part: string): string => list(fact, part).map(quoted).join(', ')
