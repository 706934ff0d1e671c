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
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([key, member]) => ({ key, member, size: Buffer.byteLength(key) }))
  if (members.length > 1) members.sort(byKey)
  return `{${members.map(({ key, member }) => `${JSON.stringify(key)}: ${jsonbText(member)}`).join(', ')}}`
}

interface Member {
  readonly key: string
  /** In bytes of UTF-8. */
  readonly size: number
}

/** Shorter keys first, those of one length by their bytes. */
const byKey = (a: Member, b: Member): number =>
  a.size - b.size || Buffer.compare(Buffer.from(a.key), Buffer.from(b.key))

/** numeric has no exponents: `1e+21` is written out. */
function numericText(value: number): string {
  const text = JSON.stringify(value)
  const parts = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text)
  if (!parts) return text
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = parts
  const digits = whole + fraction
  const point = 1 + Number(exponent)
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`
  return `${sign}${digits.padEnd(point, '0')}`
}
