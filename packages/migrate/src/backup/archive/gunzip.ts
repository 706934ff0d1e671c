import { createGunzip } from 'node:zlib'
import type { ByteReader } from './byte-reader.ts'
import type { Damage } from './damage.ts'
import { through } from './through.ts'

const OUTPUT_CHUNK = 256 * 1024

/** What was packed with gzip, in one member or several. Throws what `damage` makes of a cut, a fault, or more bytes. */
export async function* gunzip(reader: ByteReader, damage: Damage): AsyncGenerator<Buffer> {
  const decompressor = createGunzip({ chunkSize: OUTPUT_CHUNK })
  let given = 0
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const piece of reader.rest()) {
      given += piece.length
      yield piece
    }
  }
  try {
    yield* through(counted(), decompressor)
    // zlib stops at zeros without a word: what a lost disk block reads as
    if (decompressor.bytesWritten < given) throw damage('there is something else behind its end')
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException
    if (code === 'Z_BUF_ERROR') throw damage('it ends in the middle', thrown)
    if (code?.startsWith('Z_')) throw damage('its data or its checksum is wrong', thrown)
    throw thrown
  } finally {
    await reader.close()
  }
}
