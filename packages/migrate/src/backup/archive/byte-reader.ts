/** Reads bytes in the amounts that a format asks for, whatever the pieces that they come in. */
export interface ByteReader {
  /** The next `count` bytes, fewer only at the end; they are still to come. */
  peek(count: number): Promise<Buffer>
  /** The next `count` bytes, fewer only at the end. */
  take(count: number): Promise<Buffer>
  /** All that is left, in pieces as they come. */
  rest(): AsyncGenerator<Buffer>
  /** Ends the source. */
  close(): Promise<void>
}

const NOTHING = Buffer.alloc(0)

export function createByteReader(source: AsyncIterable<Buffer>): ByteReader {
  const iterator = source[Symbol.asyncIterator]()
  let held: Buffer = NOTHING
  let hasEnded = false

  async function next(): Promise<Buffer | null> {
    if (hasEnded) return null
    const { done, value } = await iterator.next()
    if (!done) return value
    hasEnded = true
    return null
  }

  async function peek(count: number): Promise<Buffer> {
    const parts: Buffer[] = [held]
    for (let size = held.length; size < count; ) {
      const part = await next()
      if (!part) break
      parts.push(part)
      size += part.length
    }
    if (parts.length > 1) held = Buffer.concat(parts)
    return held.subarray(0, count)
  }

  return {
    peek,
    async take(count) {
      const taken = await peek(count)
      held = held.subarray(taken.length)
      return taken
    },
    async *rest() {
      if (held.length > 0) yield held
      held = NOTHING
      for (let part = await next(); part; part = await next()) yield part
    },
    async close() {
      hasEnded = true
      await iterator.return?.()
    },
  }
}
