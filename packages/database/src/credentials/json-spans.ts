/** A value in a JSON text, and where it stands there: duplicate keys, every digit and all white space are kept. */
export type JsonNode = Span &
  (
    | { readonly kind: 'object'; readonly members: readonly (readonly [string, JsonNode])[] }
    | { readonly kind: 'array'; readonly items: readonly JsonNode[] }
    | { readonly kind: 'text'; readonly value: string }
    | { readonly kind: 'number' }
    | { readonly kind: 'other' }
  )

interface Span {
  readonly start: number
  readonly end: number
}

const BLANK: ReadonlySet<number> = new Set(
  [' ', '\t', '\n', '\r'].map((char) => char.charCodeAt(0)),
)
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
/** The last three are Python's, which writes them where JSON has no number. */
const WORD = /true|false|null|NaN|-?Infinity/y

/**
 * Reads JSON without changing any of it; NaN, Infinity, control characters in a text and a byte order mark are taken as
 * well, since what holds them is read all the same. Throws SyntaxError for what is none, RangeError where it is nested
 * too deep.
 */
export function readJson(text: string): JsonNode {
  let at = text.startsWith('\ufeff') ? 1 : 0

  const skip = (): void => {
    while (BLANK.has(text.charCodeAt(at))) at++
  }

  const match = (pattern: RegExp): boolean => {
    pattern.lastIndex = at
    if (!pattern.test(text)) return false
    at = pattern.lastIndex
    return true
  }

  const take = (char: string): boolean => {
    skip()
    if (text[at] !== char) return false
    at++
    return true
  }

  const expect = (char: string): void => {
    if (!take(char)) throw notJson()
  }

  const readText = (): string => {
    const start = at
    let escaped = false
    for (;;) {
      const end = text.indexOf('"', at + 1)
      if (end < 0) throw notJson()
      at = end
      const slashes = backslashesBefore(text, end, start)
      if (slashes > 0) escaped = true
      if (slashes % 2 === 0) break
    }
    at++
    escaped ||= text.slice(start, at).includes('\\')
    return escaped ? unescaped(text.slice(start, at)) : text.slice(start + 1, at - 1)
  }

  const readMembers = (): [string, JsonNode][] => {
    const members: [string, JsonNode][] = []
    if (take('}')) return members
    do {
      skip()
      if (text[at] !== '"') throw notJson()
      const key = readText()
      expect(':')
      members.push([key, read()])
    } while (take(','))
    expect('}')
    return members
  }

  const readItems = (): JsonNode[] => {
    const items: JsonNode[] = []
    if (take(']')) return items
    do items.push(read())
    while (take(','))
    expect(']')
    return items
  }

  const read = (): JsonNode => {
    skip()
    const start = at
    if (text[at] === '"') return { start, kind: 'text', value: readText(), end: at }
    if (take('{')) return { start, kind: 'object', members: readMembers(), end: at }
    if (take('[')) return { start, kind: 'array', items: readItems(), end: at }
    if (match(WORD)) return { start, kind: 'other', end: at }
    if (match(NUMBER)) return { start, kind: 'number', end: at }
    throw notJson()
  }

  const root = read()
  skip()
  if (at < text.length) throw notJson()
  return root
}

function backslashesBefore(text: string, end: number, start: number): number {
  let count = 0
  while (end - count - 1 > start && text[end - count - 1] === '\\') count++
  return count
}

/** JSON.parse takes no control characters as they are. */
const unescaped = (quoted: string): string =>
  JSON.parse(
    quoted.replace(/\p{Cc}/gu, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`),
  )

// says nothing of the text
const notJson = (): SyntaxError => new SyntaxError('This is no JSON.')
