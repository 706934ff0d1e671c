import { isObject } from '../record.ts'

/** An own member of a JSON object, level by level: what is inherited (`constructor`) is not there. */
export function get(value: unknown, ...path: readonly string[]): unknown {
  let found = value
  for (const name of path) {
    if (!isObject(found) || !Object.hasOwn(found, name)) return undefined
    found = found[name]
  }
  return found
}

/** The first of several spellings of a member that holds something: not null and not blank. */
export function first(value: unknown, ...names: readonly string[]): unknown {
  for (const name of names) {
    const found = get(value, name)
    if (!isNothing(found)) return found
  }
  return undefined
}

/** The members of a list, which is an array or an object by key; null for what is no list. */
export function entriesOf(value: unknown): [string | number, unknown][] | null {
  if (Array.isArray(value)) return value.map((member, at) => [at, member])
  return isObject(value) ? Object.entries(value) : null
}

/** Null, missing or blank. */
export function isNothing(value: unknown): boolean {
  return value === null || value === undefined || (typeof value === 'string' && value.trim() === '')
}

/** Text as it was written, or a number as text; null for nothing, and for what is no text. */
export function textOf(value: unknown): string | null {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value)
  return typeof value === 'string' && value.trim() !== '' ? value : null
}

/** As {@link textOf}, less the space around it: ids, numbers and names. */
export function nameOf(value: unknown): string | null {
  return textOf(value)?.trim() ?? null
}

/** Of several spellings of a member the first that holds text, as {@link nameOf} gives it. */
export function nameAt(value: unknown, ...names: readonly string[]): string | null {
  for (const name of names) {
    const found = nameOf(get(value, name))
    if (found !== null) return found
  }
  return null
}

/** A whole number, also one written as text; null for everything else. */
export function integerOf(value: unknown): number | null {
  if (typeof value === 'number') return Number.isInteger(value) ? value : null
  return typeof value === 'string' && /^\s*[+-]?\d{1,15}\s*$/.test(value) ? Number(value) : null
}

/** JSON for a column: nothing is null. */
export function jsonOf(value: unknown): unknown {
  return value ?? null
}

/**
 * The members of an object less those that have a column of their own, and less null ones; for
 * {@link withRest}.
 */
export function restOf(value: object, known: ReadonlySet<string>): Record<string, unknown> {
  // fromEntries, for a member that is called __proto__
  return Object.fromEntries(
    Object.entries(value).filter(([name, member]) => !known.has(name) && member !== null),
  )
}

/**
 * What V1 kept and V2 has no column for stands in a JSON column under `v1`, so that it is not lost.
 * A column's own value that cannot take a member (it is no object, or has a `v1`) moves there too,
 * by its name.
 */
export function withRest(name: string, value: unknown, rest: Record<string, unknown>): unknown {
  const own = value ?? null
  if (Object.keys(rest).length === 0) return own
  if (own === null) return { v1: rest }
  const takes = isObject(own) && !Object.hasOwn(own, 'v1')
  return takes ? { ...own, v1: rest } : { v1: { ...rest, [name]: own } }
}
