import { MigrateError } from '../../errors.ts'
import { type Token, tokens } from '../../sql/tokens.ts'

/** Characters that are shown of another session's statement. */
const LONGEST = 200

/**
 * A statement of another session without what it may hold of people's data: literals become `…`, comments go. From
 * where it cannot be read on, since the server keeps only the first kilobyte, it is one `…`.
 */
export function statementShape(sql: string): string {
  let shape = ''
  for (const token of readable(sql)) shape += token === null ? '…' : shapeOf(token)
  return shape.replace(/\s+/g, ' ').trim().slice(0, LONGEST)
}

function* readable(sql: string): Generator<Token | null> {
  try {
    for (const token of tokens(sql, 'postgres')) {
      // the session may read a backslash differently: then the string ends elsewhere
      const unsure = token.kind === 'string' && /^[^eE].*\\/s.test(token.text)
      yield unsure ? null : token
      if (unsure) return
    }
  } catch (error) {
    if (!(error instanceof MigrateError)) throw error
    yield null
  }
}

function shapeOf({ kind, text }: Token): string {
  if (kind === 'string' || kind === 'number') return '…'
  return kind === 'comment' ? ' ' : text
}
