import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { createByteReader } from '../../src/backup/archive/byte-reader.ts'
import { unzstd } from '../../src/backup/archive/unzstd.ts'
import { compressZstd, FRAME_BYTES } from '../../src/backup/archive/zstd.ts'
import { frameKind, parseFrameHeader } from '../../src/backup/archive/zstd-frame.ts'
import { MigrateError } from '../../src/errors.ts'
import { collect, pieces } from './samples.ts'
import { LACKS_ZSTD, printed } from './tools.ts'

const compress = (raw: Uint8Array): Promise<Buffer> => collect(compressZstd(pieces(raw)))

const decompress = (packed: Uint8Array, size?: number): Promise<Buffer> => {
  const damage = (what: string) => new MigrateError('BACKUP_DAMAGED', { message: what })
  return collect(unzstd(createByteReader(pieces(packed, size)), damage))
}

const isDamaged = { code: 'BACKUP_DAMAGED' }

const skippable = (content: Buffer): Buffer => {
  const header = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0])
  header.writeUInt32LE(content.length, 4)
  return Buffer.concat([header, content])
}

test('what was compressed comes back, whatever its size and its pieces', async () => {
  for (const size of [0, 1, FRAME_BYTES - 1, FRAME_BYTES, FRAME_BYTES + 1, 2 * FRAME_BYTES, 5e6]) {
    const raw = Buffer.concat([randomBytes(size >> 1), Buffer.alloc(size - (size >> 1), 'abc')])
    const back = await decompress(await compress(raw), 1 + Math.floor(Math.random() * 200_000))
    assert.ok(back.equals(raw), `${size} bytes`)
  }
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 3000 }),
      fc.integer({ min: 1, max: 99 }),
      async (raw, size) =>
        assert.deepEqual(await decompress(await compress(raw), size), Buffer.from(raw)),
    ),
    { numRuns: 50 },
  )
})

test('a small file is one frame that says its size and has a checksum', async () => {
  const packed = await compress(Buffer.from('a small file'))
  assert.deepEqual(parseFrameHeader(packed), {
    length: 6,
    contentSize: 12,
    hasChecksum: true,
    problem: null,
  })
  assert.equal(packed.indexOf(packed.subarray(0, 4), 1), -1, 'one frame')
})

test('zstd itself opens it', { skip: LACKS_ZSTD }, async () => {
  const raw = Buffer.concat([randomBytes(2 * FRAME_BYTES), Buffer.alloc(FRAME_BYTES, 'x')])
  assert.ok(printed('zstd', ['-dc'], await compress(raw)).equals(raw))
  assert.equal(printed('zstd', ['-dc'], await compress(Buffer.alloc(0))).length, 0)
})

test('what zstd itself made is read: long frames, several, others between them', {
  skip: LACKS_ZSTD,
}, async () => {
  const raw = Buffer.concat([randomBytes(300_000), Buffer.alloc(9e6, 'rows and rows ')])
  const made = printed('zstd', ['-19', '-c'], raw)
  assert.ok((await decompress(made)).equals(raw))
  assert.ok((await decompress(printed('zstd', ['-c', '--no-check'], raw))).equals(raw))
  const several = Buffer.concat([
    skippable(randomBytes(99_999)),
    made,
    skippable(Buffer.alloc(0)),
    made,
  ])
  assert.ok((await decompress(several)).equals(Buffer.concat([raw, raw])))
})

test('a cut at any byte is noticed, between two frames too', async () => {
  for (const size of [0, 10, FRAME_BYTES, 2 * FRAME_BYTES + 10]) {
    const packed = await compress(Buffer.alloc(size, 'very much the same '))
    for (let length = 0; length < packed.length; length++) {
      const cut = decompress(packed.subarray(0, length))
      await assert.rejects(cut, isDamaged, `${length} of ${packed.length} bytes`)
    }
  }
})

test('any bit that flips is noticed', async () => {
  const packed = await compress(Buffer.from('one line of text, and another line. '.repeat(20)))
  for (let bit = 0; bit < packed.length * 8; bit++) {
    const flipped = Buffer.from(packed)
    flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7))
    await assert.rejects(decompress(flipped), isDamaged, `bit ${bit}`)
  }
})

test('what stands behind the last frame is damage, zeros too', async () => {
  const packed = await compress(Buffer.from('a small file'))
  for (const more of ['x', '\0\0\0\0', 'garbage in the end']) {
    await assert.rejects(decompress(Buffer.concat([packed, Buffer.from(more)])), {
      ...isDamaged,
      message: 'there is something else behind frame 1',
    })
  }
})

test('a frame that cannot be read says why', async () => {
  const packed = await compress(Buffer.from('a small file'))
  const withDictionary = Buffer.from(packed)
  withDictionary[4] = (packed[4] as number) | 1
  await assert.rejects(decompress(withDictionary), { message: 'it needs a dictionary' })
  // an x in a frame with a window of 2 GiB
  const greedy = Buffer.from('28b52ffd00a809000078', 'hex')
  await assert.rejects(decompress(greedy), { message: /more than 128 MiB of memory/ })
  const wrong = Buffer.from(packed)
  wrong[wrong.length - 1] = (wrong.at(-1) as number) ^ 1
  await assert.rejects(decompress(wrong), { message: 'a checksum does not hold' })
})

test('frames are told by their magic numbers', () => {
  assert.equal(frameKind(Buffer.from('28b52ffd', 'hex')), 'frame')
  assert.equal(frameKind(Buffer.from('5f2a4d18', 'hex')), 'skippable')
  assert.equal(frameKind(Buffer.from('602a4d18', 'hex')), null)
  assert.equal(frameKind(Buffer.from('28b52f', 'hex')), null)
})
