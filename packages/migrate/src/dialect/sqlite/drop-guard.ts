import { constants, type DatabaseSync } from 'node:sqlite'
import { MigrateError } from '../../errors.ts'
import { folded, foreignKeys, quoted, sameName } from './catalogue.ts'
import { matching } from './foreign-keys.ts'

/**
 * Runs `act`, which may drop tables while foreign keys are enforced. SQLite would then delete the table's rows
 * first, and with them, without a word, what ON DELETE says of the rows that refer to them. Throws DROP_REFUSED
 * where rows of another table do.
 */
export function refusingDrops<T>(db: DatabaseSync, act: () => T): T {
  // the authorizer cannot query: it denies a table once, and the query about it runs between two attempts
  const parents = new Set(foreignKeys(db).map(({ parent }) => folded(parent)))
  for (;;) {
    let denied: string | null = null
    db.setAuthorizer((action, name, _, schema) => {
      if (action !== constants.SQLITE_DROP_TABLE || schema !== 'main') return constants.SQLITE_OK
      if (!parents.has(folded(name ?? ''))) return constants.SQLITE_OK
      denied = name
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
    parents.delete(folded(denied))
  }
}

function assertUnreferenced(db: DatabaseSync, name: string): void {
  const children = foreignKeys(db)
    .filter(({ table, parent }) => sameName(parent, name) && !sameName(table, name))
    .map((foreignKey) => {
      const counted = db
        .prepare(
          `SELECT count(*) AS n FROM main.${quoted(foreignKey.table)} AS c WHERE ${matching(foreignKey)}`,
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
