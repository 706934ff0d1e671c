import type { DialectName } from '../dialect/port.ts'
import { postgresReaders } from './postgres-lexis.ts'
import type { Reader, Token } from './reader.ts'
import { sqliteReaders } from './sqlite-lexis.ts'

export type { Token, TokenKind } from './reader.ts'

const READERS: Record<DialectName, readonly Reader[]> = {
  sqlite: sqliteReaders,
  postgres: postgresReaders,
}

/**
 * The tokens of a SQL text, comments and white space among them: their texts joined are the source. Reads as
 * the database's own scanner does (PostgreSQL with `standard_conforming_strings` on, its default), in linear
 * time. Throws MIGRATION_UNPARSABLE, with `offset` and `at`, where something is opened and never closed.
 */
export function* tokens(sql: string, dialect: DialectName): Generator<Token, void, undefined> {
  const readers = READERS[dialect]
  // one reader stands for every character that is not ASCII
  const last = readers.length - 1
  for (let start = 0; start < sql.length; ) {
    const read = readers[Math.min(sql.charCodeAt(start), last)] as Reader
    const token = read(sql, start)
    yield token
    start = token.end
  }
}

/** Whether a token means nothing to the database. */
export const isBlank = (token: Token): boolean => token.kind === 'space' || token.kind === 'comment'
