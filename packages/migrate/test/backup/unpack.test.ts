import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { Encrypter } from 'age-encryption'
import { tempFolder } from '../../../../test/support/databases.ts'
import { unpack } from '../../src/backup/archive/unpack.ts'
import { extract } from '../../src/backup/extract.ts'
import { MigrateError } from '../../src/errors.ts'
import { ageIdentity, ageRecipient } from '../../src/keys/age.ts'
import { generateMasterKey } from '../../src/keys/master-key.ts'
import {
  collect,
  IDENTITIES,
  packed,
  pieces,
  RECIPIENT,
  sampleDatabase,
  unpacked,
} from './samples.ts'
import { LACKS_AGE, LACKS_ZSTD, printed } from './tools.ts'

const SQL = Buffer.from('-- PostgreSQL database dump\nCREATE TABLE "Straße" (id int);\n')
const GZIP = { compression: 'gzip' } as const
const ZSTD = { compression: 'zstd' } as const
const AGE = { recipient: RECIPIENT }

test('a backup is unpacked by what it is, in whatever order it was packed', async (t) => {
  const raw = await sampleDatabase(t)
  const zst = await packed(t, raw, ZSTD)
  const cases: [Buffer, string[]][] = [
    [raw, []],
    [zst, ['zstd']],
    [gzipSync(raw), ['gzip']],
    [await packed(t, raw, AGE), ['age']],
    [await packed(t, raw, { ...ZSTD, ...AGE }), ['age', 'zstd']],
    [await packed(t, raw, { ...GZIP, ...AGE }), ['age', 'gzip']],
    [await packed(t, await packed(t, raw, AGE), GZIP), ['gzip', 'age']],
    [gzipSync(gzipSync(zst)), ['gzip', 'gzip', 'zstd']],
  ]
  for (const [stored, expected] of cases) {
    const { layers, kind, raw: back } = await unpacked(stored)
    assert.deepEqual(layers, expected)
    assert.equal(kind, 'sqlite')
    assert.ok(back.equals(raw), expected.join())
  }
})

test('what is in it is told by its beginning', async () => {
  assert.equal((await unpacked(SQL)).kind, 'sql')
  assert.equal((await unpacked(gzipSync(SQL))).kind, 'sql')
  assert.equal((await unpacked(Buffer.from('PGDMP\x01\x0e\0\x04\x08'))).kind, 'pg_dump')
  assert.equal((await unpacked(Buffer.from('INSERT INTO a VALUES (\xe9)', 'latin1'))).kind, 'sql')
})

test('what is no backup is refused, with the way out where there is one', async () => {
  const tar = Buffer.alloc(1024)
  tar.write('ustar', 257)
  const cases: [Buffer, RegExp, RegExp][] = [
    [Buffer.alloc(0), /^The backup is empty\.$/, /./],
    [gzipSync(''), /^What is packed in the backup is empty\.$/, /./],
    [Buffer.from('PK\x03\x04 and so on'), /is a zip archive/, /unzip/],
    [tar, /is a tar archive/, /tar -xf/],
    [
      Buffer.from(`toc.dat${'\0'.repeat(300)}`),
      /in its tar format/,
      /pg_dump -Fc.*pg_restore --file/,
    ],
    [gzipSync(tar), /^What is packed in the backup is a tar archive/, /tar -xf/],
    [Buffer.from('\xfd7zXZ\0...', 'latin1'), /compressed with xz/, /xz -d/],
    [Buffer.from('-----BEGIN AGE ENCRYPTED FILE-----\nYWdl'), /an age file as text/, /age -d/],
    [Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), /neither a SQLite .* begins with 89504e47/, /./],
  ]
  for (const [stored, message, hint] of cases) {
    await assert.rejects(unpacked(stored), { code: 'BACKUP_DAMAGED', message, hint })
  }
  const four = gzipSync(gzipSync(gzipSync(gzipSync(SQL))))
  await assert.rejects(unpacked(four), { message: 'The backup is packed in too many layers.' })
})

test('a dump of pg_dump in a folder is told from a folder, with the way out', async (t) => {
  const folder = join(await tempFolder(t), 'dump')
  await mkdir(folder)
  const extracting = () =>
    extract(folder, {
      manifest: null,
      identities: [],
      folder,
      room: 1,
      onProgress: () => {},
      signal: new AbortController().signal,
    })
  await assert.rejects(extracting(), { code: 'BACKUP_NOT_FOUND', message: /dump is no file\.$/ })
  await writeFile(join(folder, 'toc.dat'), 'PGDMP')
  await assert.rejects(extracting(), {
    code: 'BACKUP_NOT_FOUND',
    message: /is a dump of pg_dump in its directory format/,
    hint: /pg_dump -Fc.*pg_restore --file/,
  })
})

test('an encrypted backup says for whom it is, and who is here', async (t) => {
  const stored = await packed(t, SQL, AGE)
  const other = generateMasterKey()
  const name = 'The backup b.age'
  await assert.rejects(unpacked(stored, { identities: [], name }), {
    code: 'BACKUP_ENCRYPTED',
    message: `${name} is encrypted for ${RECIPIENT}, and there is no master key here.`,
  })
  await assert.rejects(unpacked(stored, { identities: [ageIdentity(other)], name }), {
    code: 'BACKUP_ENCRYPTED',
    message: `${name} is encrypted for ${RECIPIENT}, and the master keys that are here open what is for ${ageRecipient(other)}.`,
  })
  assert.ok(
    (await unpacked(stored, { identities: [ageIdentity(other), ...IDENTITIES] })).raw.equals(SQL),
  )
  const byPassphrase = new Encrypter()
  byPassphrase.setPassphrase('a passphrase')
  byPassphrase.setScryptWorkFactor(2)
  await assert.rejects(unpacked(await byPassphrase.encrypt(SQL)), {
    code: 'BACKUP_ENCRYPTED',
    message: /is encrypted with a passphrase/,
    hint: /age -d/,
  })
})

test('what age itself encrypted is read', { skip: LACKS_AGE || LACKS_ZSTD }, async (t) => {
  const raw = await sampleDatabase(t)
  const stored = printed('age', ['-r', RECIPIENT], printed('zstd', ['-c'], raw))
  assert.ok((await unpacked(stored)).raw.equals(raw))
  await assert.rejects(unpacked(stored, { identities: [ageIdentity(generateMasterKey())] }), {
    code: 'BACKUP_ENCRYPTED',
    message: /for a key that it does not name/,
  })
})

test('what age was not given to the end, or has more, is damaged', async (t) => {
  const stored = await packed(t, Buffer.alloc(131_072, 'twice a chunk of 64 KiB '), AGE)
  // between two chunks; the first one alone is a whole one
  for (const wrong of [stored.subarray(0, -65_552), Buffer.concat([stored, Buffer.from('x')])]) {
    await assert.rejects(unpacked(wrong), { code: 'BACKUP_DAMAGED', message: /in its age layer/ })
  }
})

test('gzip in several members is read; what else stands behind them is damage', async () => {
  const [one, two] = [gzipSync(SQL), gzipSync('SELECT 1;\n')]
  assert.ok(
    (await unpacked(Buffer.concat([one, two]))).raw.equals(
      Buffer.concat([SQL, Buffer.from('SELECT 1;\n')]),
    ),
  )
  for (const more of ['\0\0\0\0\0\0\0\0', 'garbage', '\x1f', '\x1f\x8b']) {
    const stored = Buffer.concat([one, Buffer.from(more, 'latin1')])
    for (const size of [1, 7, one.length, 65_536]) {
      await assert.rejects(unpacked(stored, {}, size), {
        code: 'BACKUP_DAMAGED',
        message: /in its gzip layer/,
      })
    }
  }
})

test('what unpacks to more than it may is stopped at once', async (t) => {
  const bombs = [
    gzipSync(Buffer.alloc(5e7, 'SELECT 1;\n')),
    await packed(t, Buffer.alloc(5e7, 'SELECT 1;\n'), ZSTD),
    gzipSync(await packed(t, Buffer.alloc(5e7, 'SELECT 1;\n'), { ...ZSTD, ...AGE })),
  ]
  for (const bomb of bombs) {
    const { raw } = await unpack(pieces(bomb), { identities: IDENTITIES, maxBytes: 1e6 })
    let bytes = 0
    const reading = async () => {
      for await (const piece of raw) bytes += piece.length
    }
    await assert.rejects(reading(), {
      code: 'BACKUP_DAMAGED',
      message: 'The backup unpacks to more than the 1000000 bytes that it may have.',
    })
    assert.ok(bytes <= 1e6)
  }
})

test('a SQLite database has just the size that its own header says', async (t) => {
  const raw = await sampleDatabase(t)
  const more = Buffer.concat([raw, Buffer.alloc(4096)])
  await assert.rejects(unpacked(await packed(t, more, ZSTD)), {
    code: 'BACKUP_DAMAGED',
    message: `The backup unpacks to more than the ${raw.length} bytes that it may have.`,
  })
  const less = raw.subarray(0, -4096)
  for (const stored of [less, await packed(t, less, ZSTD)]) {
    await assert.rejects(unpacked(stored), {
      code: 'BACKUP_DAMAGED',
      message: /is cut off: it holds/,
    })
  }
  // what is not packed is no bomb, and others allocate in advance
  assert.equal((await unpacked(more)).raw.length, more.length)
  // no size, from before SQLite 3.7
  const old = Buffer.from(more)
  old.writeUInt32BE(0, 28)
  assert.equal((await unpacked(await packed(t, old, ZSTD))).raw.length, old.length)
})

test('an error of the source comes through, its abortion as an interruption', async (t) => {
  const file = join(await tempFolder(t), 'backup')
  await assert.rejects(unpack(createReadStream(file), { identities: [], maxBytes: 1 }), {
    code: 'ENOENT',
  })
  const raw = await sampleDatabase(t)
  await writeFile(file, await packed(t, raw, ZSTD))
  const stop = new AbortController()
  const stored = createReadStream(file, { signal: stop.signal, highWaterMark: 1000 })
  const opened = await unpack(stored, { identities: [], maxBytes: raw.length })
  const reading = collect(opened.raw)
  stop.abort()
  await assert.rejects(reading, { code: 'INTERRUPTED' })
  const lost = new MigrateError('CONNECTION_LOST')
  const bytes = await readFile(file)
  async function* losing() {
    yield bytes.subarray(0, 600_000)
    throw lost
  }
  const broken = await unpack(Readable.from(losing()), { identities: [], maxBytes: raw.length })
  await assert.rejects(collect(broken.raw), lost)
})

test('the file is closed when nobody reads on, and when it is refused', async (t) => {
  const file = join(await tempFolder(t), 'backup')
  await writeFile(file, await packed(t, await sampleDatabase(t), { ...ZSTD, ...AGE }))
  const stored = createReadStream(file)
  const { raw } = await unpack(stored, { identities: IDENTITIES, maxBytes: 1e9 })
  const closed = once(stored, 'close')
  raw.destroy()
  await closed
  const refused = createReadStream(file)
  await assert.rejects(unpack(refused, { identities: [], maxBytes: 1 }))
  assert.ok(refused.destroyed)
})
