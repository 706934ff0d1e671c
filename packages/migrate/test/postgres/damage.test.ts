import assert from 'node:assert/strict'
import { createReadStream } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { after, before, describe, it } from 'node:test'
import { tempFolder, testDatabase } from '../../../../test/support/databases.ts'
import type { Dialect } from '../../src/dialect/port.ts'
import { createPostgresDialect } from '../../src/dialect/postgres/dialect.ts'
import {
  backupKinds,
  databasesLike,
  dumpOf,
  NEVER,
  PREPARE,
  packedCopy,
  run,
  sqlDumpOf,
} from './restore-support.ts'
import { targetOf } from './setup.ts'

const ROWS = `CREATE TABLE t AS SELECT n, md5(n::text) FROM generate_series(1, 10000) n;
  CREATE TABLE u AS TABLE t; SELECT lo_from_bytea(0, 'large')`

for (const { kind, skip } of backupKinds) {
  describe(`a damaged backup of ${kind.name}`, { skip }, () => {
    let url: string
    let dialect: Dialect
    let folder: string
    let whole: Buffer
    const cleaning: (() => unknown)[] = []
    const last = { after: (clean: () => unknown) => void cleaning.push(clean) }
    before(async () => {
      url = await testDatabase(last, kind)
      dialect = createPostgresDialect(targetOf(url))
      folder = await tempFolder(last)
      await run(dialect, ROWS)
      whole = await readFile((await dumpOf(last, dialect)).file)
    })
    after(async () => {
      for (const clean of cleaning) await clean()
    })
    const read = (bytes: Buffer) => dialect.backup.read(Readable.from([bytes]), NEVER)
    /** Read, and restored: both refuse it, and nothing stays on the server. */
    const refused = async (bytes: Buffer, error: { code: string; message?: RegExp }) => {
      await assert.rejects(read(bytes), error)
      const file = join(folder, 'refused')
      await writeFile(file, bytes)
      await assert.rejects(dialect.backup.prepare(file, PREPARE), error)
      assert.deepEqual(await databasesLike(dialect), [''])
    }

    it('is found wherever it was cut, whether pg_dump wrote a file or a pipe', async () => {
      const { bytes: piped } = await packedCopy(dialect, true)
      for (const dump of [whole, piped]) {
        await read(dump)
        const some = Array.from({ length: 4 }, () => Math.floor(Math.random() * dump.length))
        for (const cut of [1, 5, 50, 200, dump.length - 5, ...some]) {
          const refusal = { code: 'BACKUP_DAMAGED' }
          await assert.rejects(read(dump.subarray(0, -cut)), refusal, `cut by ${cut}`)
        }
      }
    })

    it('is found wherever it was cut when it is SQL, which psql would not notice', async (t) => {
      const sql = await readFile(await sqlDumpOf(t, url))
      await read(sql)
      const some = Array.from({ length: 20 }, () => Math.floor(Math.random() * sql.length))
      for (const cut of [200, 1000, 5000, ...some.map((place) => place + 200)]) {
        const refusal = { code: 'BACKUP_DAMAGED' }
        await assert.rejects(read(sql.subarray(0, -cut)), refusal, `cut by ${cut}`)
      }
      await refused(sql.subarray(0, -300), { code: 'BACKUP_DAMAGED', message: /was cut/ })
    })

    it('is not restored', async () => {
      await refused(whole.subarray(0, -200), { code: 'BACKUP_DAMAGED', message: /pg_restore/ })
    })

    it('is told by whoever measures what is read at the same time', async () => {
      const file = join(folder, 'cut.dump')
      await writeFile(file, whole.subarray(0, -200))
      const measured = new PassThrough()
      const both = [
        pipeline(createReadStream(file), measured),
        dialect.backup.read(measured, NEVER),
      ]
      await assert.rejects(Promise.all(both), { code: 'BACKUP_DAMAGED' })
      await Promise.allSettled(both)
    })

    it('is told from what is none, what is of SQLite and what is newer', async () => {
      await refused(Buffer.alloc(0), { code: 'BACKUP_DAMAGED', message: /is empty/ })
      await refused(Buffer.from('no dump'), { code: 'BACKUP_DAMAGED', message: /neither/ })
      const cluster = '--\n-- PostgreSQL database cluster dump\n--\n'
      const first = '--\n-- PostgreSQL database dump\n--\n'
      for (const dump of [cluster, cluster + first]) {
        await refused(Buffer.from(dump), { code: 'BACKUP_DAMAGED', message: /pg_dumpall/ })
      }
      for (const sqlite of [
        'SQLite format 3\0...',
        'PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n',
      ]) {
        await refused(Buffer.from(sqlite), { code: 'BACKUP_WRONG_DIALECT' })
      }
      const later = Buffer.from(whole)
      later.writeUInt8(99, 'PGDMP'.length + 1)
      await refused(later, { code: 'BACKUP_NEWER', message: /unsupported version/ })
    })

    it('of a newer server is not restored into this one', async () => {
      const major = Number(kind.name.split(' ')[1])
      const file = join(folder, 'newer.dump')
      const newer = Buffer.from(whole)
      const at = newer.indexOf(`${major}.`)
      newer.write('99', at, 'latin1')
      await writeFile(file, newer)
      await assert.rejects(dialect.backup.prepare(file, PREPARE), {
        code: 'BACKUP_NEWER',
        message: /is of PostgreSQL 99\.\d+; this server is \d+\./,
      })
    })

    it('is not read on once the run is interrupted', async () => {
      const stop = new AbortController()
      const endless = new PassThrough()
      endless.write(whole.subarray(0, 9000))
      setTimeout(() => stop.abort(), 100)
      await assert.rejects(dialect.backup.read(endless, stop.signal), { code: 'INTERRUPTED' })
      assert.ok(endless.destroyed)
    })
  })
}
