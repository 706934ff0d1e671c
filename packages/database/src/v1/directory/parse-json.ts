import type { Quarantine } from '../record.ts'
import { CRUMBS, isTextCrumbs } from './crumbs.ts'
import { type ExactJson, parseExact } from './exact-json.ts'
import { findFault } from './json-fault.ts'

/** Arrays and objects within each other; V1 writes less than ten. */
export const MAX_DEPTH = 200

export type ParsedJson = ExactJson | { readonly quarantine: Quarantine }

/**
 * Reads the text of a JSON file. Of a key that stands twice in an object the last one counts. Quarantines:
 * FILE_EMPTY, FILE_CUT (nothing wrong but an early end), FILE_UNREADABLE with line and column, TOO_DEEP, SHAPE_UNKNOWN
 * for crumbs. Their messages never hold any of the text, which may be a secret.
 */
export function parseJson(text: string): ParsedJson {
  if (!/[^\0\s]/.test(text)) return quarantine('FILE_EMPTY', 'The file is empty.')
  const deep = tooDeepAt(text)
  if (deep >= 0) {
    const place = placeOf(text, deep)
    return quarantine('TOO_DEEP', `More than ${MAX_DEPTH} levels are nested at ${place}.`)
  }
  if (isTextCrumbs(text)) return quarantine('SHAPE_UNKNOWN', `${CRUMBS}.`)
  try {
    return parseExact(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return { quarantine: faultOf(text) }
  }
}

function faultOf(text: string): Quarantine {
  const { offset, cut } = findFault(text) ?? { offset: 0, cut: false }
  const place = placeOf(text, offset)
  return cut
    ? { code: 'FILE_CUT', message: `The file breaks off at ${place}.` }
    : { code: 'FILE_UNREADABLE', message: `The file is not valid JSON at ${place}.` }
}

const quarantine = (code: Quarantine['code'], message: string): ParsedJson => ({
  quarantine: { code, message },
})

/** Line and column, from 1; a column is a UTF-16 unit. */
function placeOf(text: string, offset: number): string {
  let line = 1
  let start = 0
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', start)) {
    line++
    start = at + 1
  }
  return `line ${line}, column ${offset - start + 1}`
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const BRACKET = 0x5b
const BRACKET_END = 0x5d
const BRACE = 0x7b
const BRACE_END = 0x7d

/** Where the text is nested too deeply, -1 where it is not. */
function tooDeepAt(text: string): number {
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit === QUOTE) at = closingQuote(text, at)
    else if (unit === BRACKET || unit === BRACE) {
      if (++depth > MAX_DEPTH) return at
    } else if (unit === BRACKET_END || unit === BRACE_END) depth--
  }
  return -1
}

function closingQuote(text: string, from: number): number {
  let at = from + 1
  for (; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit === QUOTE) break
    if (unit === BACKSLASH) at++
  }
  return at
}
