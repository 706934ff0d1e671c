import type { DialectName } from '../dialect/port.ts'
import { isReserved } from './reserved.ts'
import { isBlank, type Token, tokens } from './tokens.ts'

/**
 * One spelling for all that mean the same: comments dropped, one space between tokens and none around
 * `( ) , .`, words and names in lower case where the database folds them, quotes only round names that need
 * them, literals as they are, no `;` at the end. For comparing; text that SQLite takes for a string although
 * it stands in double quotes is folded like a name. Throws MIGRATION_UNPARSABLE as `tokens` does.
 */
export function canonicalSql(sql: string, dialect: DialectName): string {
  const meant = [...tokens(sql, dialect)].filter((token) => !isBlank(token))
  while (meant.at(-1)?.text === ';') meant.pop()
  let text = ''
  let previous: Token | undefined
  for (const token of meant) {
    if (previous && !joined(previous, token)) text += ' '
    text += spelling(token, dialect)
    previous = token
  }
  return text
}

/** Whether nothing stands between two tokens. */
function joined(left: Token, right: Token): boolean {
  if (isTight(left) || isTight(right)) return true
  // `a . 5` must not become `a.5`, which reads differently
  return isDot(left) ? isNamePart(right) : isDot(right) && isNamePart(left)
}

const isTight = ({ text }: Token): boolean => text === '(' || text === ')' || text === ','
const isDot = ({ text }: Token): boolean => text === '.'
const isNamePart = ({ kind, text }: Token): boolean =>
  kind === 'word' || kind === 'quoted' || text === '*'

function spelling(token: Token, dialect: DialectName): string {
  if (token.kind === 'word' || token.kind === 'number') return lower(token.text)
  return token.kind === 'quoted' ? identifier(token.text, dialect) : token.text
}

function identifier(quoted: string, dialect: DialectName): string {
  // U&"…" has escapes of its own
  if (/^u/i.test(quoted)) return quoted
  const quote = quoted.at(-1) as string
  const inside = quoted.slice(1, -1)
  const written = quote === ']' ? inside : inside.replaceAll(quote + quote, quote)
  const name = dialect === 'sqlite' ? lower(written) : written
  if (/^[a-z_][a-z0-9_]*$/.test(name) && !isReserved(name, dialect)) return name
  return `"${name.replaceAll('"', '""')}"`
}

/** Both databases fold ASCII letters only. */
const lower = (text: string): string => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
