import { rmSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { sqliteFile } from '../peers/peer.ts'
import type { EmptyCopy } from './empty-copy.ts'

/** Rows of an INSERT: more are no faster. */
const ROWS = 50

/** Beside the SQLite file of that URL. */
export async function openSqliteCopy(url: string): Promise<EmptyCopy> {
  const file = `${sqliteFile(url)}-ceiling`
  const source = new DatabaseSync(sqliteFile(url), { readOnly: true })
  const copy = new DatabaseSync(file)
  copy.exec('pragma journal_mode = wal; pragma synchronous = normal; pragma foreign_keys = on')
  for (const statement of schemaOf(source)) copy.exec(statement)
  return {
    async fill(table) {
      const columns = columnsOf(source, table)
      const names = columns.join(', ')
      const select = source.prepare(`select ${names} from ${table}`)
      select.setReturnArrays(true)
      const rows = select.all() as unknown as SQLInputValue[][]
      // what a migration or a trigger put there
      copy.exec(`delete from ${table}`)
      const insert = (count: number) => {
        const row = `(${columns.map(() => '?').join(', ')})`
        const values = Array.from({ length: count }, () => row).join(', ')
        return copy.prepare(`insert into ${table} (${names}) values ${values}`)
      }
      const started = performance.now()
      const [many, one] = [insert(ROWS), insert(1)]
      copy.exec('begin')
      const whole = rows.length - (rows.length % ROWS)
      for (let at = 0; at < whole; at += ROWS) many.run(...rows.slice(at, at + ROWS).flat())
      for (const row of rows.slice(whole)) one.run(...row)
      copy.exec('commit')
      return { rows: rows.length, ms: performance.now() - started }
    },
    async remove() {
      source.close()
      copy.close()
      for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true })
    },
  }
}

/** Statements that make the same schema, in their order; what a full-text search keeps makes itself. */
function schemaOf(source: DatabaseSync): string[] {
  const statements = source.prepare(`
    select sql from sqlite_schema as s
    where sql is not null and name not like 'sqlite\\_%' escape '\\'
      and not exists (select 1 from pragma_table_list as l
        where l.name = s.tbl_name and l.schema = 'main' and l.type = 'shadow')
    order by type = 'trigger', type = 'index', rowid`)
  return statements.all().map(({ sql }) => String(sql))
}

const columnsOf = (source: DatabaseSync, table: string): string[] =>
  source
    .prepare('select name from pragma_table_xinfo(?) where hidden = 0 order by cid')
    .all(table)
    .map(({ name }) => `"${name}"`)
