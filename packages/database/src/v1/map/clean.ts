import { isObject } from '../record.ts'

const REPLACEMENT = '\uFFFD'

/**
 * A JSON value with every NUL character and every lone surrogate, in strings and keys, replaced by
 * U+FFFD: SQLite and PostgreSQL then hold the same text. The value itself where there is nothing to
 * replace, and parts of it where there is nothing to replace in them. Goes as deep as the value does:
 * the reader of files sets the limit.
 */
export function cleanText<T>(value: T): T {
  return clean(value) as T
}

function clean(value: unknown): unknown {
  if (typeof value === 'string') return cleanString(value)
  if (Array.isArray(value)) {
    let copy: unknown[] | undefined
    for (let at = 0; at < value.length; at++) {
      const cleaned = clean(value[at])
      if (cleaned === value[at]) continue
      copy ??= [...value]
      copy[at] = cleaned
    }
    return copy ?? value
  }
  if (!isObject(value)) return value
  for (const key of Object.keys(value)) {
    // nearly always nothing is found: only then is a copy made
    if (cleanString(key) === key && clean(value[key]) === value[key]) continue
    return fromEntries(Object.entries(value).map(([key, one]) => [cleanString(key), clean(one)]))
  }
  return value
}

function cleanString(text: string): string {
  if (text.isWellFormed() && !text.includes('\0')) return text
  return text.toWellFormed().replaceAll('\0', REPLACEMENT)
}

/** Two keys may have become the same one: the later gets longer rather than lost. */
function fromEntries(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  const unique = new Map<string, unknown>()
  for (const [key, value] of entries) {
    let free = key
    while (unique.has(free)) free += REPLACEMENT
    unique.set(free, value)
  }
  // unlike an assignment, this makes a member of `__proto__` too
  return Object.fromEntries(unique)
}
