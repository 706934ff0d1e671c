import { MigrateError } from '../../errors.ts'
import { splitStatements } from '../../sql/split.ts'
import { isBlank, type Token, tokens } from '../../sql/tokens.ts'

/** What a statement begins with, after white space and comments. */
export const head = (words: string): RegExp =>
  new RegExp(String.raw`^(?:\s|--[^\n]*\n|/\*[\s\S]*?\*/)*(?:${words})\b`, 'i')

// ROLLBACK TO a savepoint ends nothing
const ENDS_TRANSACTION = head(
  String.raw`commit|end|abort|rollback(?!\s+(?:(?:work|transaction)\s+)?to\b)|prepare\s+transaction`,
)
const COPIES = head('copy')
const LOCKS_TABLES = head(
  'alter|cluster|comment|create|drop|grant|import|lock|refresh|reindex|revoke|security|truncate|vacuum',
)

/** One hidden behind others in a text would have committed by the time the server's answer shows it. */
export const endsTransaction = (sql: string): boolean =>
  statementsOf(sql).some((text) => ENDS_TRANSACTION.test(text))

/**
 * Whether a statement takes the lock of a table at once, so that others queue behind it while it waits. What waits
 * for the end of transactions does it without standing in the way, and leaves an invalid index, or a partition half
 * detached, when it is stopped.
 */
export const locksTables = (sql: string): boolean =>
  statementsOf(sql).some((text) => LOCKS_TABLES.test(text) && !waitsForTransactions(text))

/**
 * Throws STATEMENT_FAILED for what would break the connection or wait for data that nobody sends. `offset` is where
 * the statement begins in what the error's offset counts in.
 */
export function refuseUnsendable(sql: string, offset = 0): void {
  if (sql.includes('\0')) {
    throw new MigrateError('STATEMENT_FAILED', {
      message: 'PostgreSQL takes no NUL character (0x00) in a statement.',
      hint: 'Take it out of the file, or write the value as bytea.',
      offset: offset + sql.indexOf('\0'),
    })
  }
  if (!/\bcopy\b/i.test(sql)) return
  if (statementsOf(sql).some((text) => COPIES.test(text) && copiesOverConnection(text))) {
    throw new MigrateError('STATEMENT_FAILED', {
      message:
        'COPY FROM STDIN and COPY TO STDOUT send their data over the connection, which a migration cannot.',
      hint: 'Use INSERT, COPY from a file on the server, or pg-copy-streams on a connection of its own in code.',
      offset,
    })
  }
}

/** The statements of a text. */
export const statementsOf = (sql: string): readonly string[] =>
  /;\s*\S/.test(sql) ? splitStatements(sql, 'postgres').map(({ text }) => text) : [sql]

function waitsForTransactions(sql: string): boolean {
  const words = meant(sql)
    .filter(({ kind }) => kind === 'word')
    .map(({ text }) => text.toLowerCase())
  const [first] = words
  const said = words.join(' ')
  if (first === 'vacuum') return !words.includes('full')
  if (first === 'reindex') return words.includes('concurrently')
  if (first === 'alter') return /\bdetach partition\b.* (concurrently|finalize)$/.test(said)
  return /^(create( unique)?|drop) index concurrently\b/.test(said)
}

function copiesOverConnection(sql: string): boolean {
  const all = meant(sql)
  let depth = 0
  return all.some(({ kind, text }, at) => {
    if (text === '(') depth++
    if (text === ')') depth--
    const direction = all[at - 1]?.text.toLowerCase()
    return (
      depth === 0 &&
      kind === 'word' &&
      /^(stdin|stdout)$/i.test(text) &&
      (direction === 'from' || direction === 'to')
    )
  })
}

/** The tokens of a text that mean something. */
export const meant = (sql: string): Token[] =>
  [...tokens(sql, 'postgres')].filter((token) => !isBlank(token))
