/** Where a text stops being JSON. */
export interface JsonFault {
  /** In characters, from 0. */
  readonly offset: number
  /** Nothing is wrong but that the text ends too early. */
  readonly cut: boolean
}

/** Any beginning of a JSON number, the empty one too. */
const NUMBER_BEGINS = /^-?(?:(?:0|[1-9]\d*)(?:\.(?:\d+(?:[eE](?:[+-]?\d*))?)?|[eE](?:[+-]?\d*))?)?$/
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
const NUMBER_RUN = /[-+.\deE]*/y
const BLANKS = /[ \t\r\n]*/y
const ESCAPE = /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y
const ESCAPE_BEGINS = /^\\(?:u[\da-fA-F]{0,3})?$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: those that JSON forbids in a string.
const PLAIN = /[^"\\\0-\x1f]*/y

/**
 * The first fault of a text that JSON.parse refuses; null where it is sound. JSON.parse names no place for some
 * faults and quotes the text for others, so this reads the text a second time. Nesting must be bounded before.
 */
export function findFault(text: string): JsonFault | null {
  try {
    const end = skip(text, valueEnd(text, skip(text, 0)))
    return end === text.length ? null : fault(text, end)
  } catch (found) {
    if (isFault(found)) return found
    throw found
  }
}

const isFault = (thrown: unknown): thrown is JsonFault =>
  typeof thrown === 'object' && thrown !== null && 'cut' in thrown

/** Files that were being written when the power failed end in NULs: those are cut off too. */
function fault(text: string, offset: number, cut = offset >= text.length): JsonFault {
  return { offset, cut: cut || /^[\0\s]*$/.test(text.slice(offset)) }
}

function skip(text: string, at: number): number {
  BLANKS.lastIndex = at
  BLANKS.test(text)
  return BLANKS.lastIndex
}

function valueEnd(text: string, at: number): number {
  const first = text[at]
  if (first === '{') return groupEnd(text, at, '}', memberEnd)
  if (first === '[') return groupEnd(text, at, ']', valueEnd)
  if (first === '"') return stringEnd(text, at)
  if (first === 't') return wordEnd(text, at, 'true')
  if (first === 'f') return wordEnd(text, at, 'false')
  if (first === 'n') return wordEnd(text, at, 'null')
  return numberEnd(text, at)
}

function groupEnd(
  text: string,
  from: number,
  closer: string,
  itemEnd: (text: string, at: number) => number,
): number {
  let at = skip(text, from + 1)
  if (text[at] === closer) return at + 1
  for (;;) {
    at = skip(text, itemEnd(text, at))
    if (text[at] === closer) return at + 1
    if (text[at] !== ',') throw fault(text, at)
    at = skip(text, at + 1)
  }
}

function memberEnd(text: string, from: number): number {
  if (text[from] !== '"') throw fault(text, from)
  const at = skip(text, stringEnd(text, from))
  if (text[at] !== ':') throw fault(text, at)
  return valueEnd(text, skip(text, at + 1))
}

function stringEnd(text: string, from: number): number {
  let at = from + 1
  for (;;) {
    PLAIN.lastIndex = at
    PLAIN.test(text)
    at = PLAIN.lastIndex
    if (text[at] === '"') return at + 1
    ESCAPE.lastIndex = at
    if (!ESCAPE.test(text)) throw fault(text, at, at >= text.length || begins(text, at))
    at = ESCAPE.lastIndex
  }
}

const begins = (text: string, at: number): boolean =>
  text.length - at < 6 && ESCAPE_BEGINS.test(text.slice(at))

function wordEnd(text: string, at: number, word: string): number {
  if (text.startsWith(word, at)) return at + word.length
  throw fault(text, at, text.length - at < word.length && word.startsWith(text.slice(at)))
}

function numberEnd(text: string, at: number): number {
  NUMBER_RUN.lastIndex = at
  NUMBER_RUN.test(text)
  const end = NUMBER_RUN.lastIndex
  const run = text.slice(at, end)
  if (NUMBER.test(run)) return end
  throw fault(text, at, end === text.length && NUMBER_BEGINS.test(run))
}
