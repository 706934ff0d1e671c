import { createZstdDecompress } from 'node:zlib'
import type { ByteReader } from './byte-reader.ts'
import type { Damage } from './damage.ts'
import { through } from './through.ts'
import { FRAME_BYTES } from './zstd.ts'
import {
  BLOCK_HEADER_BYTES,
  type FrameHeader,
  frameKind,
  LONGEST_HEADER,
  parseBlockHeader,
  parseFrameHeader,
} from './zstd-frame.ts'

// Node's own decompressor returns the first of several frames and is silent about the others, and takes what is cut
// between two frames for whole. So frames are told apart here, and each has a decompressor of its own.

const OUTPUT_CHUNK = 256 * 1024
/** Compressed bytes that are handed over at once: each time costs a turn on another thread. */
const INPUT_CHUNK = 64 * 1024

/** What was packed in zstd frames, ours or others'. Throws what `damage` makes of a cut or a fault at any byte. */
export async function* unzstd(reader: ByteReader, damage: Damage): AsyncGenerator<Buffer> {
  const need = async (count: number): Promise<Buffer> => {
    const bytes = await reader.take(count)
    if (bytes.length < count) throw damage('it ends in the middle')
    return bytes
  }
  // as long as every frame was full, another one must follow
  let areFull = true
  try {
    for (let number = 1; ; number++) {
      const magic = await reader.peek(4)
      if (magic.length === 0) break
      const kind = frameKind(magic)
      if (kind === null) throw damage(`there is something else behind frame ${number - 1}`)
      if (kind === 'skippable') {
        await skip(need)
        continue
      }
      const header = await readHeader(reader, damage)
      areFull &&= header.contentSize === FRAME_BYTES
      yield* decompressFrame(header, need, damage)
    }
    if (areFull) throw damage('it ends where another frame must follow')
  } finally {
    await reader.close()
  }
}

type Need = (count: number) => Promise<Buffer>

async function skip(need: Need): Promise<void> {
  let left = (await need(8)).readUInt32LE(4)
  for (; left > INPUT_CHUNK; left -= INPUT_CHUNK) await need(INPUT_CHUNK)
  await need(left)
}

async function readHeader(reader: ByteReader, damage: Damage): Promise<FrameHeader> {
  const header = parseFrameHeader(await reader.peek(LONGEST_HEADER))
  if (!header) throw damage('it ends in the middle')
  if (header.problem) throw damage(header.problem)
  return header
}

async function* decompressFrame(
  header: FrameHeader,
  need: Need,
  damage: Damage,
): AsyncGenerator<Buffer> {
  const decompressor = createZstdDecompress({ chunkSize: OUTPUT_CHUNK })
  try {
    yield* through(frameBytes(header, need, damage), decompressor)
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException
    if (code === 'ZSTD_error_frameParameter_windowTooLarge') {
      throw damage('it needs more than 128 MiB of memory to be read', thrown)
    }
    if (code === 'ZSTD_error_checksum_wrong') throw damage('a checksum does not hold', thrown)
    if (code?.startsWith('ZSTD_error_')) throw damage('a block cannot be read', thrown)
    throw thrown
  }
}

/** The bytes of one frame, just as many as belong to it. */
async function* frameBytes(
  header: FrameHeader,
  need: Need,
  damage: Damage,
): AsyncGenerator<Buffer> {
  let gathered = [await need(header.length)]
  let size = 0
  for (let isLast = false; !isLast; ) {
    const start = await need(BLOCK_HEADER_BYTES)
    const block = parseBlockHeader(start)
    if (!block.isValid) throw damage('a block cannot be read')
    gathered.push(start, await need(block.length))
    size += block.length
    isLast = block.isLast
    if (size < INPUT_CHUNK) continue
    yield Buffer.concat(gathered)
    gathered = []
    size = 0
  }
  if (header.hasChecksum) gathered.push(await need(4))
  if (gathered.length > 0) yield Buffer.concat(gathered)
}
