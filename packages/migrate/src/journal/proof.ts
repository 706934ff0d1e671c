import type { Session } from '../dialect/session.ts'
import { MigrateError } from '../errors.ts'

/** A row that must be there, in the transaction that is open. */
interface Place {
  readonly table: string
  readonly where: Readonly<Record<string, string | number>>
}

/** A statement that is under way, and what is there when it has been done. */
export interface Write {
  readonly done: Promise<void>
  readonly there: Place
}

/** Runs a statement that changes one row of a journal's table. Throws JOURNAL_SWALLOWED where it changed none. */
export async function written(
  session: Pick<Session, 'query'>,
  table: string,
  sql: string,
  params: readonly unknown[],
): Promise<void> {
  const { affected } = await session.query(sql, params)
  if (affected !== 1) throw swallowed(table)
}

/**
 * Makes the database itself fail where a row is not there: a COMMIT that shares the round trip with what wrote it is
 * refused then. SQLite, where nothing shares one, divides by nothing without a word. Throws JOURNAL_SWALLOWED.
 */
export async function prove(
  session: Pick<Session, 'query'>,
  places: readonly Place[],
): Promise<void> {
  const params = places.flatMap(({ where }) => Object.values(where))
  let next = 1
  const counts = places.map(({ table, where }) => {
    const conditions = Object.keys(where).map((column) => `${column} = $${next++}`)
    return `1 / (SELECT count(*) FROM ${table} WHERE ${conditions.join(' AND ')})`
  })
  await session.query(`SELECT ${counts.join(', ')}`, params).catch((thrown) => {
    if (!(thrown instanceof MigrateError && thrown.code === 'STATEMENT_FAILED')) throw thrown
    throw swallowed(places.map(({ table }) => table).join(' or '), thrown)
  })
}

const swallowed = (table: string, cause?: MigrateError): MigrateError =>
  new MigrateError('JOURNAL_SWALLOWED', {
    message: `The database took what was written to ${table}, and did not keep it.`,
    ...(cause && { cause }),
  })
