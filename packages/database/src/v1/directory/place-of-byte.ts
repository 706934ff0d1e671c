const NEWLINE = 0x0a

/**
 * Line and column of a byte, from 1, as `parseJson` tells them: a column is a UTF-16 unit. `chunks`: those of
 * `utf8Chunks`.
 */
export async function placeOfByte(chunks: AsyncIterable<Buffer>, at: number): Promise<string> {
  let line = 1
  let units = 0
  let left = at
  for await (const chunk of chunks) {
    const end = Math.min(left, chunk.length)
    for (let index = 0; index < end; index++) {
      const byte = chunk[index] as number
      if (byte === NEWLINE) {
        line++
        units = 0
      } else units += unitsOf(byte)
    }
    left -= end
    if (left === 0) break
  }
  return `line ${line}, column ${units + 1}`
}

/** A character is counted at its first byte; one of four bytes is two units. */
function unitsOf(byte: number): number {
  if ((byte & 0xc0) === 0x80) return 0
  return byte >= 0xf0 ? 2 : 1
}
