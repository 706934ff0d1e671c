import { readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import {
  DEFAULT_DATABASE_URL,
  parseDatabaseUrl,
} from '../../../packages/migrate/src/config/database-url.ts'
import { splitStatements } from '../../../packages/migrate/src/sql/split.ts'

// Runs the SQL file that is named on the SQLite database of DATABASE_URL, as `sqlite3 -header` would, and prints rows.
const file = process.argv[2] as string
const target = parseDatabaseUrl(process.env.DATABASE_URL ?? DEFAULT_DATABASE_URL, process.cwd())
if (target.dialect !== 'sqlite') throw new Error('sql blocks run on SQLite.')
const db = new DatabaseSync(target.file, { enableForeignKeyConstraints: false })
for (const { text } of splitStatements(readFileSync(file, 'utf8'), 'sqlite')) {
  const statement = db.prepare(text)
  const names = statement.columns().map(({ name }) => name)
  const rows = statement.all()
  if (rows.length === 0) continue
  console.log(names.join('|'))
  for (const row of rows) console.log(names.map((name) => row[name] ?? '').join('|'))
}
db.close()
