import {
  type Fact,
  type FactKind,
  type FactValue,
  type Snapshot,
  snapshotOf,
} from '../../schema/snapshot.ts'
import type { Session } from '../session.ts'
import { castElements } from './array-casts.ts'
import * as catalog from './catalog.ts'
import { readAlike } from './printing.ts'
import { comparableView } from './view-sql.ts'

/**
 * All that is in the schemas that are not PostgreSQL's own, the same on every version. What is outside the
 * current schema is named `schema.name` and says its schema. One round trip.
 */
export async function introspect(session: Session): Promise<Snapshot> {
  const facts = await readAlike(session, (rows) =>
    Promise.all([
      rows<catalog.TableRow>(catalog.TABLES).then((found) => found.map(table)),
      rows<catalog.ColumnRow>(catalog.COLUMNS).then((found) => found.map(column)),
      rows<catalog.ConstraintRow>(catalog.CONSTRAINTS).then((found) => found.map(constraint)),
      rows<catalog.IndexRow>(catalog.INDEXES).then((found) => found.map(index)),
      rows<catalog.ViewRow>(catalog.VIEWS).then((found) => found.map(view)),
      rows<catalog.TriggerRow>(catalog.TRIGGERS).then((found) => found.map(trigger)),
      rows<catalog.FunctionRow>(catalog.FUNCTIONS).then((found) => found.map(routine)),
      rows<catalog.SequenceRow>(catalog.SEQUENCES).then((found) => found.map(sequence)),
      rows<catalog.TypeRow>(catalog.TYPES).then((found) => found.map(type)),
      rows<catalog.ExtensionRow>(catalog.EXTENSIONS).then((found) => found.map(extension)),
    ]),
  )
  return snapshotOf(facts.flat())
}

type Parts = Readonly<Record<string, FactValue | undefined>>

interface Placed {
  readonly schema: string | null
  readonly table?: string
}

/** A fact. Parts that are undefined, null, false or empty say nothing and are left out. */
function fact(kind: FactKind, at: Placed, name: string, parts: Parts): Fact {
  const all: Parts = { schema: at.schema, ...parts }
  const said = Object.entries(all).filter((part): part is [string, FactValue] => says(part[1]))
  const within = (own: string): string => (at.schema === null ? own : `${at.schema}.${own}`)
  return at.table === undefined
    ? { kind, table: null, name: within(name), is: Object.fromEntries(said) }
    : { kind, table: within(at.table), name, is: Object.fromEntries(said) }
}

const says = (value: FactValue | undefined): boolean =>
  value !== undefined &&
  value !== null &&
  value !== false &&
  !(Array.isArray(value) && value.length === 0)

const table = (row: catalog.TableRow): Fact =>
  fact('table', { schema: row.schema }, row.name, {
    foreign: row.kind === 'f',
    persistence: row.unlogged ? 'unlogged' : undefined,
    partitionedBy: spelled(row.partitioned_by),
    partitionOf: row.bound === null ? undefined : row.parents[0],
    bound: row.bound,
    inherits: row.bound === null ? row.parents : [],
    options: row.options,
    rowSecurity: row.row_security,
    policies: row.policies.map(policy),
  })

const policy = ({ head, using, check }: catalog.Policy): string =>
  [
    head,
    using === null ? '' : ` using ${castElements(using)}`,
    check === null ? '' : ` check ${castElements(check)}`,
  ].join('')

/** An expression in the spelling that outlives a dump. */
const spelled = (expression: string | null): string | null =>
  expression === null ? null : castElements(expression)

const column = (row: catalog.ColumnRow): Fact => ({
  ...fact('column', row, row.name, {
    type: row.type,
    notNull: row.not_null,
    [row.generated === '' ? 'default' : 'generated']: spelled(row.default),
    stored: row.generated === 's',
    identity: { '': undefined, a: 'always', d: 'by default' }[row.identity],
    collation: row.collation,
  }),
  position: row.position,
})

const ACTIONS: Readonly<Record<string, string>> = {
  r: 'restrict',
  c: 'cascade',
  n: 'set null',
  d: 'set default',
}

function constraint(row: catalog.ConstraintRow): Fact {
  const enforced: Parts = {
    name: row.name,
    deferrable: row.deferrable && (row.deferred ? 'initially deferred' : 'initially immediate'),
    notValid: !row.valid,
    notEnforced: !row.enforced,
    period: row.period,
  }
  const columns = row.columns.join(',')
  switch (row.kind) {
    case 'p':
      return fact('primary_key', row, 'primary', { columns: row.columns, ...enforced })
    case 'u':
      return fact('unique', row, columns, {
        columns: row.columns,
        ...enforced,
        nullsNotDistinct: row.nulls_not_distinct,
      })
    case 'f':
      return fact(
        'foreign_key',
        row,
        `${columns}->${row.references}.${row.referenced_columns.join(',')}`,
        {
          columns: row.columns,
          references: row.references,
          referencesColumns: row.referenced_columns,
          ...enforced,
          onUpdate: ACTIONS[row.on_update],
          onDelete: ACTIONS[row.on_delete],
          match: row.match === 'f' ? 'full' : undefined,
        },
      )
    case 'c':
      return fact('check', row, row.name, {
        expression: castElements(row.definition.replace(/ NOT (?:VALID|ENFORCED)$/, '')),
        notValid: !row.valid,
        notEnforced: !row.enforced,
      })
    case 'x':
      return fact('exclusion', row, row.name, { definition: castElements(row.definition) })
  }
}

const index = (row: catalog.IndexRow): Fact => ({
  ...fact('index', row, row.name, {
    unique: row.unique,
    columns: row.columns.map(castElements),
    include: row.include,
    method: row.method === 'btree' ? undefined : row.method,
    where: spelled(row.where),
    nullsNotDistinct: row.nulls_not_distinct,
    invalid: !row.valid,
    options: row.options,
  }),
  ...(row.built_by !== null && { builtBy: row.built_by }),
})

const view = (row: catalog.ViewRow): Fact => ({
  ...fact('view', { schema: row.schema }, row.name, {
    materialised: row.materialised,
    columns: row.columns,
    sql: comparableView(castElements(row.sql)),
    uses: row.uses,
    options: row.options,
  }),
  source: row.sql.trim().replace(/;$/, ''),
})

const trigger = (row: catalog.TriggerRow): Fact =>
  fact('trigger', row, row.name, {
    sql: castElements(row.sql),
    enabled: { O: undefined, D: 'never', R: 'on replicas', A: 'always' }[row.enabled],
  })

const routine = (row: catalog.FunctionRow): Fact =>
  fact('function', { schema: row.schema }, `${row.name}(${row.arguments})`, {
    kind: { f: 'function', p: 'procedure', w: 'window' }[row.kind],
    parameters: castElements(row.parameters),
    returns: row.returns,
    language: row.language,
    volatility: { i: 'immutable', s: 'stable', v: undefined }[row.volatility],
    parallel: { s: 'safe', r: 'restricted', u: undefined }[row.parallel],
    strict: row.strict,
    securityDefiner: row.security_definer,
    leakproof: row.leakproof,
    settings: row.settings,
    body: spelled(row.parsed_body) ?? row.body,
    parsed: row.parsed_body !== null,
  })

const sequence = (row: catalog.SequenceRow): Fact =>
  fact('sequence', { schema: row.schema }, row.name, {
    type: row.type,
    start: row.start,
    increment: row.increment,
    minimum: row.minimum,
    maximum: row.maximum,
    cache: row.cache,
    cycle: row.cycle,
  })

const type = (row: catalog.TypeRow): Fact =>
  fact('type', { schema: row.schema }, row.name, {
    kind: { e: 'enum', d: 'domain', c: 'composite', r: 'range' }[row.kind],
    labels: row.labels,
    base: row.base,
    notNull: row.not_null,
    default: spelled(row.default),
    checks: row.checks.map(({ name, definition }) => `${name} ${castElements(definition)}`),
    attributes: row.attributes,
    subtype: row.subtype,
  })

const extension = (row: catalog.ExtensionRow): Fact =>
  fact('extension', { schema: null }, row.name, { version: row.version })
