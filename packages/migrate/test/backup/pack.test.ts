import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { tempFolder } from '../../../../test/support/databases.ts'
import { runNode } from '../../../../test/support/process.ts'
import { isPacked, type Packing, packedName, packTo } from '../../src/backup/archive/pack.ts'
import { MigrateError } from '../../src/errors.ts'
import { IDENTITIES, packed, pieces, RECIPIENT, sampleDatabase } from './samples.ts'
import { LACKS_AGE, LACKS_ZSTD, printed } from './tools.ts'

const never = new AbortController().signal
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
const PACKINGS: readonly Packing[] = (['none', 'zstd', 'gzip'] as const).flatMap((compression) => [
  { compression, recipient: null },
  { compression, recipient: RECIPIENT },
])

test('a name says what was done, in its order', () => {
  assert.deepEqual(
    PACKINGS.map((packing) => packedName('db', packing)),
    ['db', 'db.age', 'db.zst', 'db.zst.age', 'db.gz', 'db.gz.age'],
  )
  assert.deepEqual(PACKINGS.map(isPacked), [false, true, true, true, true, true])
})

test('what was stored and what of is measured on the way; only this user may read it', async (t) => {
  const folder = await tempFolder(t)
  const raw = await sampleDatabase(t)
  for (const packing of PACKINGS) {
    const file = join(folder, packedName('db', packing))
    const made = await packTo(pieces(raw), file, packing, never)
    const stored = await readFile(file)
    assert.deepEqual(made, {
      bytes: stored.length,
      sha256: sha256(stored),
      raw: { bytes: raw.length, sha256: sha256(raw) },
    })
    assert.equal((await stat(file)).mode & 0o777, 0o600)
    if (packing.compression !== 'none') assert.ok(stored.length < 0.7 * raw.length, file)
  }
})

test('gunzip opens what is compressed with gzip', async (t) => {
  const raw = await sampleDatabase(t)
  assert.ok(printed('gzip', ['-dc'], await packed(t, raw, { compression: 'gzip' })).equals(raw))
})

test('age and zstd open what is encrypted and compressed', {
  skip: LACKS_AGE || LACKS_ZSTD,
}, async (t) => {
  const raw = await sampleDatabase(t)
  const identity = join(await tempFolder(t), 'identity')
  await writeFile(identity, IDENTITIES.join('\n'))
  const stored = await packed(t, raw, { compression: 'zstd', recipient: RECIPIENT })
  assert.ok(printed('zstd', ['-dc'], printed('age', ['-d', '-i', identity], stored)).equals(raw))
  for (const size of [0, 1, 65_535, 65_536, 65_537, 131_072]) {
    const sealed = await packed(t, raw.subarray(0, size), { recipient: RECIPIENT })
    const opened = printed('age', ['-d', '-i', identity], sealed)
    assert.ok(opened.equals(raw.subarray(0, size)), `${size} bytes`)
  }
})

test('a file that is there is neither overwritten nor removed', async (t) => {
  const file = join(await tempFolder(t), 'taken')
  await writeFile(file, 'precious')
  const packing: Packing = { compression: 'zstd', recipient: null }
  await assert.rejects(packTo(pieces(Buffer.from('new')), file, packing, never), {
    code: 'BACKUP_FAILED',
    message: /EEXIST/,
  })
  assert.equal(await readFile(file, 'utf8'), 'precious')
})

test('a source that fails leaves no file, and its error comes through', async (t) => {
  const folder = await tempFolder(t)
  async function* failing(error: Error) {
    yield Buffer.alloc(3e6, 'x')
    throw error
  }
  for (const packing of PACKINGS) {
    const lost = new MigrateError('CONNECTION_LOST')
    const pack = (error: Error) =>
      packTo(
        Readable.from(failing(error), { objectMode: false }),
        join(folder, 'b'),
        packing,
        never,
      )
    await assert.rejects(pack(lost), lost)
    await assert.rejects(pack(new Error('what?')), { code: 'BACKUP_FAILED', message: /what\?/ })
    assert.deepEqual(await readdir(folder), [])
  }
})

test('what is no recipient is refused before anything is stored', async (t) => {
  const folder = await tempFolder(t)
  const packing: Packing = { compression: 'none', recipient: 'age1nobody' }
  const packing$ = packTo(pieces(Buffer.from('x')), join(folder, 'b'), packing, never)
  await assert.rejects(packing$, { code: 'KEY_INVALID', message: /age1nobody/ })
  assert.deepEqual(await readdir(folder), [])
})

test('it stops when it is told to, and leaves no file', async (t) => {
  const folder = await tempFolder(t)
  for (const packing of PACKINGS) {
    const stop = new AbortController()
    async function* endless() {
      for (let pieces = 0; ; pieces++) {
        if (pieces === 100) stop.abort()
        yield Buffer.alloc(1 << 16, 'endless')
      }
    }
    const raw = Readable.from(endless(), { objectMode: false })
    await assert.rejects(packTo(raw, join(folder, 'b'), packing, stop.signal), {
      code: 'INTERRUPTED',
    })
    assert.deepEqual(await readdir(folder), [])
  }
})

const SMALL_DISK = ['-Urm', 'sh', '-c', 'mount -t tmpfs -o size=1m tmpfs "$0" && exec "$@"']
const canMount = spawnSync('unshare', [...SMALL_DISK, '/mnt', 'true']).status === 0

test('a disk that fills leaves no file', {
  skip: canMount ? false : 'no tmpfs can be mounted',
}, async (t) => {
  const folder = await tempFolder(t)
  const child = [
    process.execPath,
    join(import.meta.dirname, 'pack-child.ts'),
    folder,
    '3000000',
    'none',
  ]
  const { stdout, stderr } = spawnSync('unshare', [...SMALL_DISK, folder, ...child], {
    encoding: 'utf8',
  })
  const { code, left } = JSON.parse(stdout || stderr)
  assert.equal(code, 'DISK_FULL')
  assert.deepEqual(left, [])
})

test('memory does not grow with what is packed', async (t) => {
  const folder = await tempFolder(t)
  const child = join(import.meta.dirname, 'pack-child.ts')
  const { stdout, stderr } = await runNode([child, folder, '400000000', 'zstd'])
  const { code, bytes, peak } = JSON.parse(stdout || stderr)
  assert.equal(code, null)
  assert.equal(bytes, 400_000_000)
  assert.ok(peak < 300e6, `${peak} bytes at the most`)
})
