/** A number that a double cannot hold was kept as its text. */
export interface NumberNote {
  readonly code: 'NUMBER_AS_TEXT'
  /** A JSON pointer from the parsed value. */
  readonly position: string
}

export interface ExactJson {
  readonly value: unknown
  readonly notes: readonly NumberNote[]
}

/**
 * Fewer than 16 digits with an exponent of less than three survive a double (IEEE 754: 15 digits always do); so
 * only what looks longer needs the slow way. Text within strings may match too, which costs only time.
 */
const MAY_BE_INEXACT = /(?:^|[[:,\s-])\d+(?:[\d.]{15}|(?:\.\d+)?[eE][+-]?\d{3})/

/**
 * `JSON.parse`, but numbers that would come back different (integers beyond 2^53, 1e400, more digits than a
 * double has) stay as their text. Throws SyntaxError, whose message quotes the text. Depth is the caller's care.
 */
export function parseExact(text: string): ExactJson {
  if (!MAY_BE_INEXACT.test(text)) return { value: JSON.parse(text), notes: [] }
  // The reviver does not know where it is: it leaves a mark, which is replaced when its place is known.
  const kept = new Map<unknown, string>()
  const keep = (_: string, value: unknown, context?: { readonly source?: string }): unknown => {
    if (typeof value !== 'number' || context?.source === undefined) return value
    if (isExact(context.source)) return value
    const mark = {}
    kept.set(mark, context.source)
    return mark
  }
  const value: unknown = JSON.parse(text, keep)
  const notes: NumberNote[] = []
  return { value: kept.size ? unmark(value, '', kept, notes) : value, notes }
}

/** A name or index as a part of a JSON pointer (RFC 6901). */
export const pointerPart = (key: string | number): string =>
  `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`

function unmark(
  value: unknown,
  position: string,
  kept: ReadonlyMap<unknown, string>,
  notes: NumberNote[],
): unknown {
  if (typeof value !== 'object' || value === null) return value
  const source = kept.get(value)
  if (source !== undefined) {
    notes.push({ code: 'NUMBER_AS_TEXT', position })
    return source
  }
  // A parsed object has every key as its own, `__proto__` too, so that setting one never reaches a prototype.
  const holder = value as Record<string, unknown>
  for (const key of Object.keys(holder)) {
    const member = holder[key]
    if (typeof member !== 'object' || member === null) continue
    holder[key] = unmark(member, position + pointerPart(key), kept, notes)
  }
  return value
}

const isExact = (source: string): boolean => decimal(source) === decimal(String(Number(source)))

/** One spelling for every way to write a decimal number; empty for what is none, such as Infinity. */
function decimal(source: string): string {
  const parts = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(source)
  if (!parts) return ''
  const [, sign, whole = '', fraction = '', exponent = '0'] = parts
  const digits = whole + fraction
  let start = 0
  while (digits[start] === '0') start++
  let end = digits.length
  while (end > start && digits[end - 1] === '0') end--
  if (start === end) return '0'
  const power = Number(exponent) - fraction.length + digits.length - end
  return `${sign}${digits.slice(start, end)}e${power}`
}
