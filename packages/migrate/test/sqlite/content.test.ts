import assert from 'node:assert/strict'
import { createReadStream, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { digest, meaningless } from '../../src/dialect/sqlite/backup/content.ts'
import { contentOf, copy, MANY_ROWS, prepare, SOME_ROWS, swap } from './support/copies.ts'
import { database, dialectOf, temporaryFolder } from './support/database.ts'

const signal = new AbortController().signal

test('a copy, a copy of it, and a database that it was restored into have one digest', async (t) => {
  const { folder, dialect } = await database(t, SOME_ROWS)
  const first = await copy(dialect, join(folder, 'first.db'))
  const again = await copy(dialectOf(join(folder, 'first.db')), join(folder, 'second.db'))
  assert.deepEqual(again, first)
  const other = await database(t, `CREATE TABLE other (a); ${MANY_ROWS.replaceAll(' t ', ' u ')}`)
  await swap(await prepare(other.dialect, join(folder, 'second.db')))
  assert.deepEqual(await contentOf(other.dialect, folder), first)
  const { rows } = await other.writer.query('SELECT count(*) AS n FROM t')
  assert.deepEqual(rows, [{ n: 200 }])
})

test('one changed value is another digest, and so is one row more', async (t) => {
  const { writer, folder, dialect } = await database(t, SOME_ROWS)
  const digests = new Set([(await contentOf(dialect, folder)).digest])
  await writer.query("UPDATE t SET a = 'x' WHERE id = 100")
  digests.add((await contentOf(dialect, folder)).digest)
  await writer.query('DELETE FROM t WHERE id = 100')
  digests.add((await contentOf(dialect, folder)).digest)
  assert.equal(digests.size, 3)
})

test('the digest is the same whatever the chunks, and each byte counts that means something', async () => {
  const bytes = Buffer.from(Array.from({ length: 8 * 512 }, (_, index) => index % 251))
  // the page of the locks is the fourth here
  const ranges = meaningless(512, 3 * 512 + 7)
  const hashed = async (all: Buffer, size: number) => {
    const chunks: Buffer[] = []
    for (let at = 0; at < all.length; at += size)
      chunks.push(Buffer.from(all.subarray(at, at + size)))
    return (await digest(Readable.from(chunks), ranges)).digest
  }
  const whole = await hashed(bytes, bytes.length)
  for (const size of [1, 7, 100, 512, 1000]) assert.equal(await hashed(bytes, size), whole)
  const means = (at: number) =>
    !(at === 18 || at === 19 || (at >= 24 && at < 28) || (at >= 40 && at < 44)) &&
    !(at >= 92 && at < 100) &&
    !(at >= 1536 && at < 2048)
  for (const at of [0, 17, 18, 19, 20, 23, 24, 27, 28, 39, 40, 43, 44, 91, 92, 99, 100, 1535]) {
    const changed = Buffer.from(bytes)
    changed.writeUInt8(255 - changed.readUInt8(at), at)
    assert.equal((await hashed(changed, 1000)) !== whole, means(at), `byte ${at}`)
  }
  for (const at of [1536, 2047, 2048, 4095]) {
    const changed = Buffer.from(bytes)
    changed.writeUInt8(255 - changed.readUInt8(at), at)
    assert.equal((await hashed(changed, 1000)) !== whole, means(at), `byte ${at}`)
  }
})

for (const pageSize of [1024, 65536]) {
  test(`a database with pages of ${pageSize} bytes takes the place of one with 4096`, async (t) => {
    const folder = temporaryFolder(t)
    const file = join(folder, 'small.db')
    const db = new DatabaseSync(file)
    db.exec(`PRAGMA page_size=${pageSize}; ${SOME_ROWS}`)
    db.close()
    const raw = join(folder, 'raw.db')
    const saved = await copy(dialectOf(file), raw)
    const { writer, dialect } = await database(t, 'CREATE TABLE other (a)')
    const prepared = await prepare(dialect, raw)
    assert.deepEqual(await prepared.content(), saved)
    assert.deepEqual(await swap(prepared), { previous: null, proof: 'digest', notes: [] })
    assert.deepEqual(await dialect.backup.rows(), saved.rows)
    assert.deepEqual((await writer.query('PRAGMA page_size')).rows, [{ page_size: 4096 }])
  })
}

test('a raw copy is read to its end, and every way to be no copy is told', async (t) => {
  const { folder, dialect } = await database(t, SOME_ROWS)
  const file = join(folder, 'copy.db')
  await copy(dialect, file)
  await dialect.backup.read(createReadStream(file), signal)
  await dialect.backup.read(createReadStream(file, { highWaterMark: 10 }), signal)
  const bytes = readFileSync(file)
  const newer = Buffer.from(bytes)
  newer.writeUInt8(3, 19)
  const cases: [string, Buffer][] = [
    ['BACKUP_DAMAGED', Buffer.alloc(0)],
    ['BACKUP_DAMAGED', bytes.subarray(0, 50)],
    ['BACKUP_DAMAGED', bytes.subarray(0, bytes.length - 4096)],
    ['BACKUP_DAMAGED', bytes.subarray(0, bytes.length - 1)],
    ['BACKUP_DAMAGED', Buffer.concat([bytes, Buffer.alloc(1)])],
    ['BACKUP_DAMAGED', Buffer.alloc(8192, 'x')],
    ['BACKUP_WRONG_DIALECT', Buffer.concat([Buffer.from('PGDMP'), Buffer.alloc(5000)])],
    ['BACKUP_NEWER', newer],
  ]
  const bad = join(folder, 'bad')
  for (const [code, raw] of cases) {
    writeFileSync(bad, raw)
    await assert.rejects(dialect.backup.read(createReadStream(bad), signal), { code })
    await assert.rejects(prepare(dialect, bad), { code })
  }
})
