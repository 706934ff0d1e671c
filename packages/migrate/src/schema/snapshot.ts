/** The kinds of thing that a schema is made of. */
export const FACT_KINDS = [
  'table',
  'column',
  'primary_key',
  'unique',
  'foreign_key',
  'check',
  'exclusion',
  'index',
  'view',
  'trigger',
  'function',
  'sequence',
  'type',
  'extension',
  // who may do what: only in the snapshots that are kept with the journal
  'grant',
  'owner',
] as const
export type FactKind = (typeof FACT_KINDS)[number]

export type FactValue = string | number | boolean | null | readonly string[]

/** One thing that is true of a schema: a column with its type, an index with its columns. */
export interface Fact {
  readonly kind: FactKind
  /** The table it belongs to; null for what stands by itself. */
  readonly table: string | null
  /** What tells it from its like on the same table. Constraints go by their columns, since SQLite keeps no names. */
  readonly name: string
  /** The definition in canonical spelling; equal definitions are equal values. */
  readonly is: Readonly<Record<string, FactValue>>
  /**
   * The definition as this server writes it, where `is` leaves out what spelling and versions change: to make the thing
   * again. It is never compared, and no part of generated files.
   */
  readonly source?: string
  /** A column's place in its table, as far as it is known, to make the table again. As with `source`, never compared. */
  readonly position?: number
  /** The process that is building this index right now; it is not compared, since it will soon be something else. */
  readonly builtBy?: number
}

/** A live schema as facts by key. Order carries no meaning. */
export type Snapshot = ReadonlyMap<string, Fact>

export const factKey = (fact: Pick<Fact, 'kind' | 'table' | 'name'>): string =>
  fact.table === null ? `${fact.kind} ${fact.name}` : `${fact.kind} ${fact.table}.${fact.name}`

export const snapshotOf = (facts: Iterable<Fact>): Snapshot =>
  new Map(
    [...facts]
      .map((fact) => [factKey(fact), fact] as const)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
  )
