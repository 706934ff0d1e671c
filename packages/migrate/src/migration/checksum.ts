import { hash } from 'node:crypto'

/** How {@link checksum} hashes, kept in the journal so that the method can change without a false alarm. */
export const CHECKSUM_METHOD = 'sha256 of the source, LF, no BOM'

const CR = 13
const LF = 10

/** Hex SHA-256 of a source file with CRLF turned into LF and the BOM left out: what an editor or git may change. */
export function checksum(source: Buffer): string {
  return hash('sha256', normalised(source), 'hex')
}

/** The bytes that {@link checksum} hashes. */
export function normalised(source: Buffer): Buffer {
  const body =
    source[0] === 0xef && source[1] === 0xbb && source[2] === 0xbf ? source.subarray(3) : source
  if (!body.includes(CR)) return body
  const out = Buffer.allocUnsafe(body.length)
  let length = 0
  for (let i = 0; i < body.length; i++) {
    const byte = body[i] as number
    if (byte === CR && body[i + 1] === LF) continue
    out[length++] = byte
  }
  return out.subarray(0, length)
}
