import { DatabaseSync } from 'node:sqlite'
import { makeHalfMigrated } from '../../../packages/database/test/support/half-migrated.ts'

// Makes the SQLite file that is named: as the original left many, two of six migrations applied and the third failed.
const file = process.argv[2] as string
let db: DatabaseSync | undefined
await makeHalfMigrated(`sqlite:///./${file}`, async (sql) => {
  db ??= new DatabaseSync(file)
  return db.prepare(sql).all() as Record<string, unknown>[]
})
db?.close()
