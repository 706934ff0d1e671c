import { pointerPart } from '../directory/exact-json.ts'

// NUL and lone surrogates, which no database keeps
const UNKEPT = /[\0\p{Surrogate}]/gu

/**
 * The JSON pointer (RFC 6901) of keys, from the document down: `/workOrders/3`. A character that
 * databases do not keep is written `~u0000`, which no key can spell, so that pointers stay unique.
 */
export function pointer(...keys: readonly (string | number)[]): string {
  const text = keys.map((key) => (typeof key === 'number' ? `/${key}` : pointerPart(key))).join('')
  if (text.isWellFormed() && !text.includes('\0')) return text
  return text.replace(
    UNKEPT,
    (character) => `~u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
