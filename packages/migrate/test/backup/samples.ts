import { createCipheriv } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Readable } from 'node:stream'
import type { TestContext } from 'node:test'
import { tempFolder } from '../../../../test/support/databases.ts'
import { type Packing, packTo } from '../../src/backup/archive/pack.ts'
import { type Unpacked, type UnpackOptions, unpack } from '../../src/backup/archive/unpack.ts'
import { ageIdentity, ageRecipient } from '../../src/keys/age.ts'
import { generateMasterKey } from '../../src/keys/master-key.ts'

const key = generateMasterKey()
export const RECIPIENT = ageRecipient(key)
export const IDENTITIES = [ageIdentity(key)]

/** Bytes that look random and are the same in every run. */
export function noise(length: number): Buffer {
  const zeros = Buffer.alloc(16)
  return createCipheriv('aes-128-ctr', zeros, zeros).update(Buffer.alloc(length))
}

/** A SQLite database of some 1.3 MB, of which half can be compressed: two zstd frames. */
export async function sampleDatabase(t: TestContext): Promise<Buffer> {
  const file = join(await tempFolder(t), 'sample.db')
  const db = new DatabaseSync(file)
  db.exec('CREATE TABLE visits (id INTEGER PRIMARY KEY, notes TEXT, photo BLOB); BEGIN')
  const insert = db.prepare('INSERT INTO visits (notes, photo) VALUES (?, ?)')
  const photos = noise(1200 * 500)
  for (let id = 0; id < 1200; id++) {
    insert.run(
      `The dispenser ${id} was looked at. `.repeat(15),
      photos.subarray(id * 500, (id + 1) * 500),
    )
  }
  db.exec('COMMIT')
  db.close()
  return readFile(file)
}

/** Bytes in pieces, as a file gives them. */
export function pieces(bytes: Uint8Array, size = 64 * 1024): Readable {
  const all = Buffer.from(bytes)
  const count = Math.ceil(all.length / size)
  const each = Array.from({ length: count }, (_, at) => all.subarray(at * size, (at + 1) * size))
  return Readable.from(each, { objectMode: false })
}

export async function collect(source: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of source) parts.push(part)
  return Buffer.concat(parts)
}

/** Packs bytes as a backup is packed, and returns what is stored. */
export async function packed(
  t: TestContext,
  raw: Buffer,
  packing: Partial<Packing>,
): Promise<Buffer> {
  const file = join(await tempFolder(t), 'packed')
  const never = new AbortController().signal
  await packTo(pieces(raw), file, { compression: 'none', recipient: null, ...packing }, never)
  return readFile(file)
}

/** Unpacks to the end. */
export async function unpacked(
  stored: Uint8Array,
  options: Partial<UnpackOptions> = {},
  pieceSize?: number,
): Promise<Omit<Unpacked, 'raw'> & { raw: Buffer }> {
  const all = { identities: IDENTITIES, maxBytes: 2 ** 30, ...options }
  const { raw, ...rest } = await unpack(pieces(stored, pieceSize), all)
  return { ...rest, raw: await collect(raw) }
}
