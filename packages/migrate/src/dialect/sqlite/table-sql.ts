import { canonicalSql } from '../../sql/canonical.ts'
import { isBlank, type Token, tokens } from '../../sql/tokens.ts'
import { folded } from './catalogue.ts'

/** What only the text of a CREATE TABLE says: the catalogue's tables have no column for it. */
export interface TableText {
  readonly autoincrement: boolean
  /** Canonical expressions, whether written with a column or with the table. */
  readonly checks: readonly string[]
  /** By the column's name in lower case; BINARY is left out. */
  readonly collations: ReadonlyMap<string, string>
  readonly generated: ReadonlyMap<string, string>
  /** Foreign keys that are checked at COMMIT, by their columns in lower case, `a,b`. */
  readonly deferred: ReadonlySet<string>
}

/** What only the text of a CREATE INDEX says. */
export interface IndexText {
  /** Canonical, without order and collation. */
  readonly columns: readonly string[]
  readonly where: string | null
}

// most tables say none of this, and need not be taken apart
const SAYS_MORE = /\b(?:check|collate|as|autoincrement|deferred)\b/i

export function readTable(sql: string): TableText {
  const { inside } = parenthesized(SAYS_MORE.test(sql) ? meaningful(sql) : [])
  const checks: string[] = []
  const collations = new Map<string, string>()
  const generated = new Map<string, string>()
  const deferred = new Set<string>()
  let autoincrement = false
  for (const definition of separated(inside)) {
    const column = isTableConstraint(definition) ? null : nameOf(definition[0])
    const words = topLevel(definition.slice(column === null ? 0 : 1))
    for (const [index, { word, group }] of words.entries()) {
      const next = words[index + 1]
      if (word === 'check' && next?.group) checks.push(bare(next.group))
      if (word === 'autoincrement') autoincrement = true
      // NOT DEFERRABLE INITIALLY DEFERRED is checked at once all the same
      if (word === 'deferred' && words[index - 3]?.word !== 'not') {
        deferred.add(deferredColumns(column, words))
      }
      if (column === null) continue
      if (word === 'collate' && next && next.name !== 'binary') {
        collations.set(column, next.name.toUpperCase())
      }
      if (group && words[index - 1]?.word === 'as') {
        const stored = next?.word === 'stored' ? 'stored' : 'virtual'
        generated.set(column, `${bare(group)} ${stored}`)
      }
    }
  }
  return { autoincrement, checks, collations, generated, deferred }
}

export function readIndex(sql: string): IndexText {
  const { inside, after } = parenthesized(meaningful(sql))
  return {
    columns: separated(inside).map((definition) => bare(withoutOrder(definition))),
    where: wordOf(after[0]) === 'where' ? bare(after.slice(1)) : null,
  }
}

/** An expression in canonical spelling, without parentheses round the whole of it. */
export const bareExpression = (sql: string): string => bare(meaningful(sql))

function bare(expression: readonly Token[]): string {
  let inner = expression
  while (inner[0]?.text === '(' && closing(inner, 0) === inner.length - 1)
    inner = inner.slice(1, -1)
  return canonicalSql(inner.map(({ text }) => text).join(' '), 'sqlite')
}

const meaningful = (sql: string): Token[] =>
  [...tokens(sql, 'sqlite')].filter((token) => !isBlank(token))

/** A table's definition in words and groups: what stands in parentheses counts as one. */
interface Part {
  /** The keyword, in lower case; empty for others. */
  readonly word: string
  /** The name, in lower case, if it is one. */
  readonly name: string
  readonly group: readonly Token[] | null
}

function topLevel(definition: readonly Token[]): Part[] {
  const parts: Part[] = []
  for (let at = 0; at < definition.length; at++) {
    const token = definition[at] as Token
    if (token.text === '(') {
      const end = closing(definition, at)
      parts.push({ word: '', name: '', group: definition.slice(at + 1, end) })
      at = end
    } else {
      parts.push({ word: wordOf(token), name: nameOf(token), group: null })
    }
  }
  return parts
}

/** The columns of the foreign key that DEFERRED belongs to: a table constraint begins with their list. */
const deferredColumns = (column: string | null, words: readonly Part[]): string =>
  column ??
  separated(words.find(({ group }) => group)?.group ?? [])
    .map(([name]) => nameOf(name))
    .join(',')

const TABLE_CONSTRAINTS = new Set(['constraint', 'primary', 'unique', 'check', 'foreign'])

const isTableConstraint = ([first]: readonly Token[]): boolean =>
  TABLE_CONSTRAINTS.has(wordOf(first))

const wordOf = (token: Token | undefined): string =>
  token?.kind === 'word' ? folded(token.text) : ''

/** A name without its quotes, in lower case. SQLite takes a string for a name here too. */
function nameOf(token: Token | undefined): string {
  if (!token) return ''
  if (token.kind === 'word') return folded(token.text)
  const quote = token.text.at(-1) as string
  const inside = token.text.slice(1, -1)
  return folded(quote === ']' ? inside : inside.replaceAll(quote + quote, quote))
}

/** The first parenthesized part, and what follows it. */
function parenthesized(all: readonly Token[]): { inside: Token[]; after: Token[] } {
  const open = all.findIndex(({ text }) => text === '(')
  const end = closing(all, open)
  return { inside: all.slice(open + 1, end), after: all.slice(end + 1) }
}

/** Where the parenthesis at `open` closes. */
function closing(all: readonly Token[], open: number): number {
  let depth = 0
  for (let at = open; at < all.length; at++) {
    if (all[at]?.text === '(') depth++
    if (all[at]?.text === ')' && --depth === 0) return at
  }
  return all.length
}

function separated(list: readonly Token[]): Token[][] {
  const items: Token[][] = [[]]
  let depth = 0
  for (const token of list) {
    if (token.text === '(') depth++
    if (token.text === ')') depth--
    if (token.text === ',' && depth === 0) items.push([])
    else items.at(-1)?.push(token)
  }
  return items
}

function withoutOrder(column: readonly Token[]): readonly Token[] {
  let end = column.length
  if (['asc', 'desc'].includes(wordOf(column[end - 1]))) end--
  if (wordOf(column[end - 2]) === 'collate') end -= 2
  return column.slice(0, end)
}
