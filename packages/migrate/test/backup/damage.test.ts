import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Packing } from '../../src/backup/archive/pack.ts'
import { MigrateError } from '../../src/errors.ts'
import { noise, packed, RECIPIENT, sampleDatabase, unpacked } from './samples.ts'

// What unpacking alone finds. A backup with a manifest is compared with its SHA-256 as well, which finds the rest: in
// gzip, bits that mean nothing (a time, padding), with which it unpacks to the same; in what is not packed, anything.

const FORMS: readonly [name: string, packing: Partial<Packing>][] = [
  ['.zst', { compression: 'zstd' }],
  ['.gz', { compression: 'gzip' }],
  ['.age', { recipient: RECIPIENT }],
  ['.zst.age', { compression: 'zstd', recipient: RECIPIENT }],
]

for (const [name, packing] of FORMS) {
  test(`a bit that flips anywhere in a ${name} is noticed`, async (t) => {
    const raw = await sampleDatabase(t)
    const stored = await packed(t, raw, packing)
    const random = noise(200 * 5)
    for (let flips = 0; flips < 200; flips++) {
      // the first hundred in the beginning, where the headers are
      const at = random.readUInt32LE(flips * 5) % (flips < 100 ? 400 : stored.length)
      const bit = 1 << (random.readUInt8(flips * 5 + 4) & 7)
      const damaged = Buffer.from(stored)
      damaged[at] = (damaged[at] as number) ^ bit
      const result = await unpacked(damaged).catch((thrown: unknown) => thrown)
      const isNoticed = result instanceof MigrateError && result.code === 'BACKUP_DAMAGED'
      const isHarmless = name === '.gz' && (result as { raw?: Buffer }).raw?.equals(raw)
      assert.ok(isNoticed || isHarmless, `bit ${bit} of byte ${at}: ${result}`)
    }
  })

  test(`a cut anywhere in a ${name} is noticed`, async (t) => {
    const stored = await packed(t, await sampleDatabase(t), packing)
    const random = noise(50 * 4)
    for (let cuts = 0; cuts < 50; cuts++) {
      const length = cuts < 20 ? cuts : random.readUInt32LE(cuts * 4) % stored.length
      const cut = unpacked(stored.subarray(0, length))
      await assert.rejects(cut, { code: 'BACKUP_DAMAGED' }, `${length} bytes`)
    }
  })
}
