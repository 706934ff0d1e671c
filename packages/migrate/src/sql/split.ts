import type { DialectName } from '../dialect/port.ts'
import { MigrateError } from '../errors.ts'
import { framedPlace } from './place.ts'
import { bodyOf } from './statement-body.ts'
import { isBlank, type Token, tokens } from './tokens.ts'

export interface Statement {
  /** From the first token that means something up to the `;`, exactly as written. */
  readonly text: string
  /** Where the text begins in the source. */
  readonly offset: number
}

/**
 * The statements of a SQL text, in order, without the `;` between them. A trigger of SQLite and a routine of
 * PostgreSQL with BEGIN ATOMIC is one statement. Throws MIGRATION_UNPARSABLE as `tokens` does, and where such
 * a body has no END.
 */
export function splitStatements(sql: string, dialect: DialectName): Statement[] {
  return splitTokens(sql, tokens(sql, dialect), dialect)
}

/** The same for tokens at hand, which may be a part of the source's. */
export function splitTokens(
  source: string,
  parts: Iterable<Token>,
  dialect: DialectName,
): Statement[] {
  const statements: Statement[] = []
  let body = bodyOf(dialect)
  let start = -1
  let end = -1
  const finish = (): void => {
    if (start >= 0) statements.push({ text: source.slice(start, end), offset: start })
    start = -1
    body = bodyOf(dialect)
  }
  for (const token of parts) {
    if (isBlank(token)) {
      if (token.kind === 'comment') end = token.end
      continue
    }
    if (token.text === ';' && !body.isOpen()) {
      finish()
      continue
    }
    if (start < 0) start = token.start
    end = token.end
    body.see(token)
  }
  if (body.unended()) throw endless(source, start)
  finish()
  return statements
}

function endless(source: string, start: number): MigrateError {
  const at = framedPlace(source, start)
  return new MigrateError('MIGRATION_UNPARSABLE', {
    message: `The body of the statement that begins in line ${at.line} has no END.`,
    hint: 'End it with END; on a line of its own.',
    at,
    offset: start,
  })
}
