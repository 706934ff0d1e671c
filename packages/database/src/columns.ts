/**
 * The column types that migrations are written in, one spelling for both databases.
 *
 * This file may only grow. A migration's checksum does not cover it, so what a name here means must
 * never change once a migration that uses it has run anywhere: a new meaning gets a new name.
 */
import type { MigrationContext } from '@fossawork/migrate'
import {
  type ColumnDefinitionBuilder,
  type CreateTableBuilder,
  type Kysely,
  type RawBuilder,
  sql,
} from 'kysely'

type DialectName = MigrationContext['dialect']
type Types = Readonly<Record<DialectName, string>>
type Rule = (column: ColumnDefinitionBuilder, dialect: DialectName) => ColumnDefinitionBuilder

/** A column's type and rules, a value: every method answers with a new one. */
export interface Column {
  readonly types: Types
  readonly rule: Rule
  notNull(): Column
  /** Not null too, which SQLite does not imply. */
  primaryKey(): Column
  unique(): Column
  /** `target` is `table.column`. */
  references(target: string): Column
  defaultTo(value: string | number | boolean | RawBuilder<unknown>): Column
}

function column(types: Types, rule: Rule = (plain) => plain): Column {
  const and = (next: Rule): Column =>
    column(types, (plain, dialect) => next(rule(plain, dialect), dialect))
  return {
    types,
    rule,
    notNull: () => and((c) => c.notNull()),
    primaryKey: () => and((c) => c.notNull().primaryKey()),
    unique: () => and((c) => c.unique()),
    references: (target) => and((c) => c.references(target)),
    defaultTo: (value) => and((c) => c.defaultTo(spelled(value))),
  }
}

/** The original's databases say TRUE and FALSE, and SQLite's catalogue keeps the spelling. */
const spelled = <T>(value: T) =>
  typeof value === 'boolean' ? sql.raw(value ? 'TRUE' : 'FALSE') : value

/** Text of at most `length` characters, of any length without one. */
export const varchar = (length?: number): Column => {
  if (length === undefined) return column({ sqlite: 'VARCHAR', postgres: 'text' })
  return column({ sqlite: `VARCHAR(${length})`, postgres: `varchar(${length})` })
}
export const text = column({ sqlite: 'TEXT', postgres: 'text' })
/** 32 bits on PostgreSQL, 64 on SQLite. */
export const integer = column({ sqlite: 'INTEGER', postgres: 'integer' })
/** 64 bits on both: references to numbered keys, sizes in bytes. */
export const bigint = column({ sqlite: 'INTEGER', postgres: 'bigint' })
export const float = column({ sqlite: 'FLOAT', postgres: 'double precision' })
export const boolean = column({ sqlite: 'BOOLEAN', postgres: 'boolean' })
export const json = column({ sqlite: 'JSON', postgres: 'jsonb' })
/** A point in time; the original's SQLite tables call some of them DATETIME, some TIMESTAMP. */
export const datetime = column({ sqlite: 'DATETIME', postgres: 'timestamptz' })
export const timestamp = column({ sqlite: 'TIMESTAMP', postgres: 'timestamptz' })

const numbered: Types = { sqlite: 'INTEGER', postgres: 'bigint' }

/** A numbered primary key; SQLite may give a deleted row's number again. */
export const identity = column(numbered, (c, dialect) =>
  (dialect === 'postgres' ? c.generatedByDefaultAsIdentity() : c).notNull().primaryKey(),
)
/** A numbered primary key that never gives a number twice; nullable by declaration on SQLite. */
export const autoincrement = column(numbered, (c, dialect) =>
  dialect === 'postgres'
    ? c.generatedByDefaultAsIdentity().primaryKey()
    : c.primaryKey().autoIncrement(),
)

/** Names of indexes or constraints, each with its columns. */
type Named<Name extends string> = Readonly<Record<string, readonly Name[]>>

interface TableRules<Name extends string> {
  /** Unique constraints that have a name. */
  readonly unique?: Named<Name>
  readonly indexes?: Named<Name>
  readonly uniqueIndexes?: Named<Name>
}

export interface Table {
  readonly name: string
  readonly columns: Readonly<Record<string, Column>>
  readonly rules: TableRules<string>
}

export const table = <Name extends string>(
  name: string,
  columns: Readonly<Record<Name, Column>>,
  rules: TableRules<NoInfer<Name>> = {},
): Table => ({ name, columns, rules })

/** Creates the tables in this order, which must put a table after those that it refers to. */
export async function createTables(
  { db, dialect }: Pick<MigrationContext, 'db' | 'dialect'>,
  tables: readonly Table[],
): Promise<void> {
  const indexOn = (name: string, index: string, columns: readonly string[]) =>
    db.schema
      .createIndex(index)
      .on(name)
      .columns([...columns])

  for (const { name, columns, rules } of tables) {
    let create: CreateTableBuilder<string, string> = db.schema.createTable(name)
    for (const [column, { types, rule }] of Object.entries(columns)) {
      create = create.addColumn(column, sql.raw(types[dialect]), (plain) => rule(plain, dialect))
    }
    for (const [constraint, on] of Object.entries(rules.unique ?? {})) {
      create = create.addUniqueConstraint(constraint, [...on])
    }
    await create.execute()
    for (const [index, on] of Object.entries(rules.uniqueIndexes ?? {})) {
      await indexOn(name, index, on).unique().execute()
    }
    for (const [index, on] of Object.entries(rules.indexes ?? {})) {
      await indexOn(name, index, on).execute()
    }
  }
}

/** Drops the tables in the reverse order, so that none is referred to when it goes. */
export async function dropTables(db: Kysely<any>, tables: readonly Table[]): Promise<void> {
  for (const { name } of tables.toReversed()) await db.schema.dropTable(name).execute()
}
