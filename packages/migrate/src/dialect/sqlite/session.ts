import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import { MigrateError } from '../../errors.ts'
import type { QueryResult, Row, Session } from '../session.ts'
import { translated } from './errors.ts'
import { keywordAt, type Prepared, placeholders, prepare, skipBlank } from './statement.ts'
import { bound, read } from './values.ts'

/** A session whose statements also run at once, without a promise. */
export interface SqliteSession extends Session {
  run<R = Row>(sql: string, params?: readonly unknown[]): QueryResult<R>
}

/** Compiles and runs a statement by `act`; may look at it first, by its first word. */
export type Around = <T>(keyword: string, act: () => T) => T

/** A session on an open connection. Closing the session closes the connection. */
export function sessionOn(
  db: DatabaseSync,
  location: string,
  around: Around = (_keyword, act) => act(),
): SqliteSession {
  const cache = statementCache()

  function run<R>(sql: string, params: readonly unknown[] = []): QueryResult<R> {
    if (!db.isOpen) {
      throw new MigrateError('CONNECTION_LOST', { message: `${location} was closed already.` })
    }
    const values = params.map(bound)
    const known = cache.get(sql)
    if (!known) return runText<R>(sql, values)
    assertCount(known.count, values.length)
    try {
      return around(known.keyword, () => execute<R>(known, values))
    } catch (cause) {
      throw translated(cause, location, { sql, start: 0 })
    }
  }

  // SQLite compiles the first statement of a text and passes over the others without a word
  function runText<R>(sql: string, values: SQLInputValue[]): QueryResult<R> {
    if (sql.includes('\0')) throw nulCharacter(sql.indexOf('\0'))
    const { sql: text, count } = placeholders(sql)
    assertCount(count, values.length)
    const first = skipBlank(text, 0)
    let result: QueryResult<R> = { rows: [], affected: 0 }
    for (let start = first, end = first; start < text.length; start = end) {
      try {
        result = around(keywordAt(text, start), () => {
          const prepared = prepare(db, text, start)
          end = prepared.end
          const alone = start === first && end === text.length
          if (count > 0 && !alone) throw severalWithValues()
          if (alone) cache.add(sql, { ...prepared, count })
          return execute<R>(prepared, values)
        })
      } catch (cause) {
        throw translated(cause, location, { sql: text.slice(start), start })
      }
    }
    return result
  }

  return {
    run,
    query: async <R>(sql: string, params?: readonly unknown[]) => run<R>(sql, params),
    async close() {
      if (db.isOpen) db.close()
    },
  }
}

function execute<R>({ statement, ...about }: Prepared, values: SQLInputValue[]): QueryResult<R> {
  if (!about.returnsRows) {
    const { changes, lastInsertRowid } = statement.run(...values)
    if (!about.changesRows) return { rows: [], affected: 0 }
    const inserted = about.keyword !== 'update' && about.keyword !== 'delete'
    return {
      rows: [],
      affected: Number(changes),
      ...(inserted && { insertId: BigInt(lastInsertRowid) }),
    }
  }
  const arrays = statement.all(...values) as unknown as unknown[][]
  // asked after the statement ran: it compiles itself anew where the schema has changed
  const names = statement.columns().map((column) => column.name)
  const rows = arrays.map((array) => {
    const row: Row = {}
    for (let index = 0; index < names.length; index++) {
      row[names[index] as string] = read(array[index])
    }
    return row as R
  })
  return { rows, affected: about.changesRows ? rows.length : 0 }
}

interface Known extends Prepared {
  /** How many values it takes. */
  readonly count: number
}

const CACHED_STATEMENTS = 100
// others change the schema or the connection, and are seldom run twice
const CACHED = new Set(['select', 'insert', 'update', 'delete', 'replace', 'with', 'values'])

function statementCache() {
  const entries = new Map<string, Known>()
  return {
    get(sql: string): Known | undefined {
      const found = entries.get(sql)
      if (!found) return undefined
      // the one used longest ago stands first
      entries.delete(sql)
      entries.set(sql, found)
      return found
    },
    add(sql: string, known: Known): void {
      if (!CACHED.has(known.keyword)) return
      entries.set(sql, known)
      const oldest = entries.keys().next().value
      if (entries.size > CACHED_STATEMENTS && oldest !== undefined) entries.delete(oldest)
    },
  }
}

// SQLite takes a placeholder without a value for NULL
function assertCount(wanted: number, given: number): void {
  if (wanted === given) return
  throw new MigrateError('STATEMENT_FAILED', {
    message: `The statement takes ${wanted} values and was given ${given}.`,
  })
}

// SQLite would take it for the end, after it has run what stands before
const nulCharacter = (offset: number): MigrateError =>
  new MigrateError('STATEMENT_FAILED', {
    message: 'The SQL text holds a NUL character, which SQLite cannot read.',
    hint: 'Remove the character; char(0) makes one in a value.',
    offset,
  })

const severalWithValues = (): MigrateError =>
  new MigrateError('STATEMENT_FAILED', {
    message: 'A text of several statements cannot take values.',
    hint: 'Run the statements one by one.',
  })
