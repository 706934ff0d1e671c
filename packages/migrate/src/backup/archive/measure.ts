import { createHash } from 'node:crypto'
import { Transform } from 'node:stream'
import type { Measure } from '../../dialect/port.ts'

/** Bytes that a stored backup is read by: more are no faster, and stay in memory for a while. */
export const READ_BYTES = 256 << 10

export interface Measuring {
  /** Passes everything on as it is. */
  readonly stream: Transform
  /** Of all that has gone through; call once, at the end. */
  result(): Measure
}

/** Measures what goes through. `onBytes` is called with the sum so far. */
export function measuring(onBytes: (bytes: number) => void = () => {}): Measuring {
  const hash = createHash('sha256')
  let bytes = 0
  return {
    stream: new Transform({
      transform(chunk: Buffer, _encoding, done) {
        hash.update(chunk)
        bytes += chunk.length
        onBytes(bytes)
        done(null, chunk)
      },
    }),
    result: () => ({ bytes, sha256: hash.digest('hex') }),
  }
}
