/** Columns that name a row of another table, declared as a foreign key or not. */
export interface Relation {
  readonly table: string
  readonly columns: readonly string[]
  readonly references: string
  readonly referencesColumns: readonly string[]
}

/**
 * What must hold of a project's data beyond what its schema says. A table or a column that is not there is passed over:
 * the check of the schema tells of it. NULL breaks none of them but `required`.
 */
export type Expectation =
  /** Every row names a row that is there. */
  | ({ readonly kind: 'relation' } & Relation)
  /** Neither NULL nor empty. */
  | { readonly kind: 'required'; readonly table: string; readonly columns: readonly string[] }
  /** Text columns that hold JSON; columns of type JSON are checked anyway. */
  | { readonly kind: 'json'; readonly table: string; readonly columns: readonly string[] }
  | {
      readonly kind: 'values'
      readonly table: string
      readonly column: string
      readonly values: readonly string[]
    }
  /** Times from `from` on (ISO 8601), and at most `days` after now. */
  | {
      readonly kind: 'dates'
      readonly table: string
      readonly columns: readonly string[]
      readonly from: string
      readonly days: number
    }
  /** At most one row has this boolean set. */
  | { readonly kind: 'single'; readonly table: string; readonly column: string }
  /** Rows that the migrations brought and that must be there, and switched on. */
  | ExpectedRows

export interface ExpectedRows {
  readonly kind: 'rows'
  readonly category: 'data' | 'security'
  /** What the rows are: `rate-limit rules`. */
  readonly name: string
  readonly table: string
  /** The column that tells them apart. */
  readonly key: string
  readonly rows: readonly Readonly<Record<string, string | number | boolean | null>>[]
  /** The boolean column that switches a row on. */
  readonly active: string
}
