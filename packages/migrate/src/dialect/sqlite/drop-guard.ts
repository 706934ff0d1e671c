import { constants, type DatabaseSync } from 'node:sqlite'
import { MigrateError } from '../../errors.ts'
import { type ForeignKey, folded, foreignKeys, sameName } from './catalogue.ts'
import { matching, tableOf } from './foreign-keys.ts'

// a virtual table has an action of its own, and no foreign key can refer to it
const DROPS: readonly number[] = [constants.SQLITE_DROP_TABLE, constants.SQLITE_DROP_TEMP_TABLE]

/**
 * Runs `act`, which may drop tables while foreign keys are enforced, in any of the connection's databases. SQLite
 * would then delete the table's rows first, and with them, without a word, what ON DELETE says of the rows that
 * refer to them. Throws DROP_REFUSED where rows of another table do.
 */
export function refusingDrops<T>(db: DatabaseSync, act: () => T): T {
  // the authorizer cannot query: it denies a table once, and the query about it runs between two attempts
  const parents = new Set(allForeignKeys(db).map(({ schema, parent }) => keyOf(schema, parent)))
  for (;;) {
    let denied = null as Table | null
    db.setAuthorizer((action, name, _, schema) => {
      if (!DROPS.includes(action) || name === null || schema === null) return constants.SQLITE_OK
      if (!parents.has(keyOf(schema, name))) return constants.SQLITE_OK
      denied = { schema, name }
      return constants.SQLITE_DENY
    })
    try {
      return act()
    } catch (error) {
      if (denied === null) throw error
    } finally {
      db.setAuthorizer(null)
    }
    assertUnreferenced(db, denied)
    parents.delete(keyOf(denied.schema, denied.name))
  }
}

interface Table {
  readonly schema: string
  readonly name: string
}

const keyOf = (schema: string, name: string): string => JSON.stringify([schema, folded(name)])

const allForeignKeys = (db: DatabaseSync): ForeignKey[] =>
  db
    .prepare('PRAGMA database_list')
    .all()
    .flatMap(({ name }) => foreignKeys(db, String(name)))

function assertUnreferenced(db: DatabaseSync, { schema, name }: Table): void {
  const children = foreignKeys(db, schema)
    .filter(({ table, parent }) => sameName(parent, name) && !sameName(table, name))
    .map((foreignKey) => {
      const counted = db
        .prepare(
          `SELECT count(*) AS n FROM ${tableOf(foreignKey)} AS c WHERE ${matching(foreignKey)}`,
        )
        .get()
      return { table: foreignKey.table, rows: Number(counted?.n) }
    })
    .filter(({ rows }) => rows > 0)
  if (children.length === 0) return
  throw new MigrateError('DROP_REFUSED', {
    message: `Dropping ${name} would change or delete rows that refer to it: ${children
      .map(({ table, rows }) => `${rows} of ${table}`)
      .join(', ')}. The step is rolled back.`,
  })
}
