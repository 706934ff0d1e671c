import type { DialectName } from '@fossawork/migrate'

/**
 * JSON as the database will tell it again: SQLite keeps the text; jsonb keeps the value, and writes it in its own way
 * (https://www.postgresql.org/docs/current/datatype-json.html).
 */
export const jsonText = (value: unknown, dialect: DialectName): string =>
  dialect === 'sqlite' ? JSON.stringify(value) : jsonbText(value)

function jsonbText(value: unknown): string {
  if (typeof value === 'number') return numericText(value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null)
  if (Array.isArray(value)) return `[${value.map(jsonbText).join(', ')}]`
  return objectText(value as Readonly<Record<string, unknown>>)
}

function objectText(value: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(value).map(nameOf)
  if (names.length > 1) names.sort(byName)
  let text = ''
  for (const { key, quoted } of names) {
    const member = value[key]
    if (member === undefined) continue
    text += `${text === '' ? '' : ', '}${quoted}: ${jsonbText(member)}`
  }
  return `{${text}}`
}

interface Name {
  readonly key: string
  readonly quoted: string
  readonly bytes: Buffer
}

/** Documents of one kind have the same few names; there are some that have ids for names. */
const known = new Map<string, Name>()
const MANY_NAMES = 2000
const LONG_NAME = 100

function nameOf(key: string): Name {
  const before = known.get(key)
  if (before) return before
  const name = { key, quoted: JSON.stringify(key), bytes: Buffer.from(key) }
  if (known.size < MANY_NAMES && key.length < LONG_NAME) known.set(key, name)
  return name
}

/** Shorter names first, those of one length by their bytes. */
const byName = (a: Name, b: Name): number =>
  a.bytes.length - b.bytes.length || Buffer.compare(a.bytes, b.bytes)

/** numeric has no exponents: `1e+21` is written out. */
function numericText(value: number): string {
  if (Number.isSafeInteger(value)) return String(value)
  const text = JSON.stringify(value)
  const parts = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text)
  if (!parts) return text
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = parts
  const digits = whole + fraction
  const point = 1 + Number(exponent)
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`
  return `${sign}${digits.padEnd(point, '0')}`
}
