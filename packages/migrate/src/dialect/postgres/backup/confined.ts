import { MigrateError } from '../../../errors.ts'
import type { Token } from '../../../sql/tokens.ts'
import type { ScannedStatement } from './script-scan.ts'

/** A statement that reaches beyond the database that it is run in, or hides from who looks whether it does. */
const BEYOND: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/^(create|alter|drop) database\b/, '$1 DATABASE'],
  [/^(create|alter|drop) (role|group|tablespace)\b/, '$1 $2'],
  [/^(create|alter|drop) user\b(?! mapping (?:for|if)\b)/, '$1 USER'],
  [/^alter system\b/, 'ALTER SYSTEM'],
  [/^(drop|reassign) owned\b/, '$1 OWNED'],
  [/^(grant|revoke)\b(?!.* on )/, '$1 of a role'],
  [/^(grant|revoke)\b.* on (database|tablespace|parameter)\b/, '$1 ON $2'],
  [/^comment on (database|role|tablespace)\b/, 'COMMENT ON $1'],
  [/^security label .*?\bon (database|role|tablespace)\b/, 'SECURITY LABEL ON $1'],
  [/^prepare transaction\b/, 'PREPARE TRANSACTION'],
  [/^do\b/, 'DO, of which nobody sees what it does,'],
]

/** Encodings of clients that have bytes of ASCII within characters: psql finds the ends of strings elsewhere. */
const UNREADABLE_ENCODING =
  /^(sjis|shiftjis|mskanji|(win|windows)(932|936|949|950)|sjis2004|shiftjis2004|big5|gbk|uhc|johab|gb18030)$/

/**
 * Throws RESTORE_FAILED for a statement of a dump that could change anything outside of the database that it is
 * restored into, or what the server's machine has: what a function does is not seen.
 */
export function assertConfined(statement: ScannedStatement): void {
  const said = sayingOf(statement)
  for (const [pattern, what] of BEYOND) {
    const found = pattern.exec(said)
    if (found) throw beyond(statement, filled(what, found))
  }
  if (said.startsWith('copy ')) assertCopy(statement, said)
  if (said.startsWith('set ')) assertSetting(statement)
}

const filled = (what: string, [, first = '', second = '']: RegExpExecArray): string =>
  what.replace('$1', first.toUpperCase()).replace('$2', second.toUpperCase())

/** Its words in lower case; strings and quoted names without what they hold. */
export const sayingOf = ({ head }: ScannedStatement): string => head.map(said).join(' ')

const said = ({ kind, text }: Token): string => {
  if (kind === 'string') return "''"
  return kind === 'quoted' ? '""' : text.toLowerCase()
}

const ROWS_FOLLOW = /^copy\b[^']* from stdin$/

/** Whether the lines behind it are rows and no SQL. */
export const copiesRows = (statement: ScannedStatement): boolean =>
  ROWS_FOLLOW.test(sayingOf(statement))

function assertCopy(statement: ScannedStatement, said: string): void {
  if (/^copy\b[^']* to (stdin|stdout)\b/.test(said)) return
  if (!ROWS_FOLLOW.test(said)) {
    throw beyond(statement, 'COPY with options, or with a file or a program of the server,')
  }
  if (statement.isNested) throw beyond(statement, 'COPY within another statement')
}

/** What would have psql read the text otherwise than it was looked at. */
function assertSetting(statement: ScannedStatement): void {
  const words = statement.head.map(({ text }) => text.toLowerCase().replace(/^(["'])(.*)\1$/, '$2'))
  const at = words[1] === 'session' || words[1] === 'local' ? 2 : 1
  const name = words[at] ?? ''
  const value = words.at(-1) ?? ''
  if (name.startsWith('u&')) throw beyond(statement, 'SET of an encoded name')
  if (name === 'standard_conforming_strings' && value !== 'on') {
    throw beyond(statement, 'SET standard_conforming_strings = off')
  }
  if (name !== 'client_encoding' && name !== 'names') return
  const encoding = value.replace(/[^a-z0-9]/g, '')
  if (encoding !== value.replace(/[-_]/g, '') || UNREADABLE_ENCODING.test(encoding)) {
    throw beyond(statement, `the encoding ${value}`)
  }
}

const beyond = ({ line }: ScannedStatement, what: string): MigrateError =>
  new MigrateError('RESTORE_FAILED', {
    message: `The dump has ${what} in line ${line}, which could reach beyond the database that it is restored into; nothing of it was run.`,
    hint: 'Dump with pg_dump -Fc, or in SQL without --create and in UTF-8; or take the statement out and run it yourself.',
  })
