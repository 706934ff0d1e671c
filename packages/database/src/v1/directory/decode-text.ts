import { isUtf8 } from 'node:buffer'
import type { Quarantine } from '../record.ts'

export type Decoded = { readonly text: string } | { readonly quarantine: Quarantine }

/** What a byte order mark says; without one, text is UTF-8. `mark`: the bytes that it takes. */
export function encodingOf(bytes: Uint8Array): {
  readonly encoding: 'utf-8' | 'utf-16le' | 'utf-16be'
  readonly mark: number
} {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return { encoding: 'utf-16le', mark: 2 }
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return { encoding: 'utf-16be', mark: 2 }
  const marked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
  return { encoding: 'utf-8', mark: marked ? 3 : 0 }
}

/**
 * The text of a file, without a byte order mark: UTF-8, or UTF-16 with its mark. Bytes that are no text are
 * reported, never replaced: FILE_CUT where they end within a character, else FILE_UNREADABLE.
 */
export function decodeText(bytes: Buffer): Decoded {
  const { encoding, mark } = encodingOf(bytes)
  const body = bytes.subarray(mark)
  if (encoding === 'utf-8' && isUtf8(body)) return { text: body.toString() }
  try {
    return { text: new TextDecoder(encoding, { fatal: true }).decode(body) }
  } catch {
    return { quarantine: notText(encoding, body) }
  }
}

function notText(encoding: string, body: Buffer): Quarantine {
  const name = encoding.toUpperCase()
  try {
    // With `stream`, a character that is only begun at the end is no error.
    new TextDecoder(encoding, { fatal: true }).decode(body, { stream: true })
  } catch {
    return { code: 'FILE_UNREADABLE', message: `The file is not valid ${name} text.` }
  }
  return {
    code: 'FILE_CUT',
    message: `The file breaks off within a character of its ${name} text.`,
  }
}
