import assert from 'node:assert/strict'
import { createReadStream } from 'node:fs'
import { readdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { describe, it } from 'node:test'
import { tempFolder, testDatabase } from '../../../../test/support/databases.ts'
import { SOURCES } from '../../../../test/support/installations.ts'
import { createBackup } from '../../src/dialect/postgres/backup/backup.ts'
import { createPostgresDialect } from '../../src/dialect/postgres/dialect.ts'
import { backupKinds, COPY, dumpOf, NEVER, packedCopy, prepared, run } from './restore-support.ts'
import { newDialect, newTarget, newWriter, postgresKinds, targetOf, urlOfNewRole } from './setup.ts'

const ROWS = 'CREATE TABLE t AS SELECT n, md5(n::text) FROM generate_series(1, 5000) n'

for (const { kind, skip } of backupKinds) {
  describe(`a backup of ${kind.name}`, { skip }, () => {
    it('is a private file that reads back whole', async (t) => {
      const dialect = await newDialect(t, kind)
      await run(dialect, ROWS)
      const source = await dialect.backup.probe()
      assert.match(source.serverVersion, /^\d+\.\d+$/)
      assert.ok(source.bytes > 5000 * 32)
      const file = join(await tempFolder(t), `x.${dialect.backup.extension}`)
      const progress: [string, number, number][] = []
      const {
        content: { rows, digest },
      } = await dialect.backup.copy(file, {
        ...COPY,
        onProgress: (...step) => progress.push(step),
      })
      assert.deepEqual(rows, { t: 5000 })
      assert.match(digest, /^[0-9a-f]{64}$/)
      assert.equal((await stat(file)).mode & 0o777, 0o600)
      for (const phase of ['copy', 'check']) {
        const steps = progress.filter(([name]) => name === phase)
        assert.equal(steps[0]?.[1], 0)
        const [, done, total] = steps.at(-1) ?? []
        assert.ok(done !== undefined && done > 0 && done === total, phase)
      }
      await dialect.backup.read(createReadStream(file), NEVER)
    })

    it('goes through whoever packs it without touching the disk', async (t) => {
      const dialect = await newDialect(t, kind)
      await run(dialect, ROWS)
      const plain = await packedCopy(dialect, true)
      const compressed = await packedCopy(dialect, false)
      assert.ok(compressed.bytes.length < plain.bytes.length)
      assert.deepEqual(compressed.content, plain.content)
      const file = join(await tempFolder(t), 'x.dump')
      await writeFile(file, plain.bytes)
      const restored = await prepared(t, dialect, file)
      assert.deepEqual(await restored.content(), plain.content)
    })

    it('fails as whoever packs it does, and as its end does not come', async (t) => {
      const dialect = await newDialect(t, kind)
      await run(dialect, ROWS)
      const full = new Error('full')
      const failing = dialect.backup.copy('/not/written', {
        ...COPY,
        async pack(raw) {
          for await (const _ of raw) throw full
        },
      })
      await assert.rejects(failing, full)
      const stop = new AbortController()
      let seen: unknown
      const stopped = dialect.backup.copy('/not/written', {
        ...COPY,
        signal: stop.signal,
        async pack(raw) {
          stop.abort()
          try {
            for await (const _ of raw);
          } catch (error) {
            seen = error
          }
        },
      })
      await assert.rejects(stopped, { code: 'INTERRUPTED' })
      assert.ok(seen instanceof Error, 'what was cut must not look like an end')
    })

    it('holds one moment, and so do what is said of it and what is looked at', async (t) => {
      const dialect = await newDialect(t, kind)
      await run(dialect, 'CREATE TABLE a (n int); CREATE TABLE b (n int)')
      const writer = await newWriter(t, dialect)
      let writing = true
      const written = (async () => {
        for (let n = 0; writing; n++) {
          await writer.query(
            `BEGIN; INSERT INTO a VALUES (${n}); INSERT INTO b VALUES (${n}); COMMIT`,
          )
        }
      })()
      const file = join(await tempFolder(t), 'x.dump')
      let looked: unknown
      const { content } = await dialect.backup.copy(file, {
        ...COPY,
        async look(session) {
          const { rows } = await session.query('SELECT count(*) AS n FROM a')
          looked = rows[0]?.n
          assert.equal(await dialect.journalPrefix(session), 'public.')
        },
      })
      writing = false
      await written
      assert.equal(content.rows.a, content.rows.b)
      assert.equal(looked, content.rows.a)
      const now = await dialect.backup.rows()
      assert.ok((now.a ?? 0) > (content.rows.a ?? 0), 'the writer was never held up')
      const restored = await prepared(t, dialect, file)
      assert.deepEqual(await restored.content(), content)
    })

    it('leaves no file and shows no password when it fails', async (t) => {
      const url = await testDatabase(t, kind)
      const dialect = createPostgresDialect(targetOf(url))
      await run(dialect, 'CREATE TABLE secret (id int)')
      const file = join(await tempFolder(t), 'x.dump')
      const weak = await urlOfNewRole(url, await newWriter(t, dialect))
      const refused = createPostgresDialect(targetOf(weak)).backup.copy(file, COPY)
      await assert.rejects(refused, (error: Error & { code: string }) => {
        assert.equal(error.code, 'BACKUP_FAILED')
        assert.match(error.message, /permission denied for table secret/)
        assert.ok(!error.message.includes(new URL(weak).password))
        return true
      })
      await assert.rejects(stat(file), { code: 'ENOENT' })
      await dialect.backup.copy(file, COPY)
      await assert.rejects(dialect.backup.copy(file, COPY), { code: 'BACKUP_FAILED' })
      assert.ok((await stat(file)).size > 0)
    })

    it('shows what pg_dump says, without the password', async (t) => {
      const url = await testDatabase(t, kind)
      const writer = await newWriter(t, createPostgresDialect(targetOf(url)))
      await writer.query('CREATE SEQUENCE closed')
      const weak = createPostgresDialect(targetOf(await urlOfNewRole(url, writer)))
      const file = join(await tempFolder(t), 'x.dump')
      await assert.rejects(weak.backup.copy(file, COPY), {
        code: 'BACKUP_FAILED',
        message: /pg_dump ended with 1: .*permission denied for sequence closed/,
      })
      assert.deepEqual(await readdir(dirname(file)), [])
    })

    it('ends when the run is interrupted', async (t) => {
      const dialect = await newDialect(t, kind)
      const writer = await newWriter(t, dialect)
      await writer.query('CREATE TABLE t (id int)')
      await writer.query('BEGIN; LOCK TABLE t')
      const file = join(await tempFolder(t), 'x.dump')
      const stop = new AbortController()
      const waiting = dialect.backup.copy(file, {
        ...COPY,
        signal: stop.signal,
      })
      setTimeout(() => stop.abort(), 200)
      await assert.rejects(waiting, { code: 'INTERRUPTED' })
      await assert.rejects(stat(file), { code: 'ENOENT' })
    })

    it('is of one database, whoever asks for it', async (t) => {
      const url = await testDatabase(t, kind)
      const as = (change: (url: URL) => void) => {
        const other = new URL(url)
        change(other)
        return createPostgresDialect(targetOf(other.href)).identity
      }
      const { port, pathname } = new URL(url)
      assert.equal(
        as(() => {}),
        `postgresql://127.0.0.1:${port}${pathname}`,
      )
      assert.equal(
        as((u) => {
          u.username = 'other'
        }),
        as(() => {}),
      )
      assert.equal(
        as((u) => {
          u.port = ''
        }),
        `postgresql://127.0.0.1:5432${pathname}`,
      )
      const { content } = await dumpOf(t, createPostgresDialect(targetOf(url)))
      assert.deepEqual(content.rows, {})
    })
  })
}

for (const kind of postgresKinds) {
  describe(`the tools for a backup of ${kind.name}`, { skip: kind.skip }, () => {
    it('are named with the command that installs them when they are missing', async (t) => {
      const target = await newTarget(t, kind)
      const none = createBackup(target, createPostgresDialect, [await tempFolder(t)])
      await assert.rejects(none.probe(), {
        code: 'BACKUP_TOOL_MISSING',
        message: /pg_dump is not installed; PostgreSQL \d+\.\d+ /,
        hint: /apt-get install postgresql-client-\d+.*brew install libpq/,
      })
      await assert.rejects(none.read(Readable.from([Buffer.from('PGDMP')]), NEVER), {
        code: 'BACKUP_TOOL_MISSING',
        message: /pg_restore is not installed/,
      })
    })

    it('are refused when they are older than the server', async (t) => {
      const major = Number(kind.name.split(' ')[1])
      const older = SOURCES.find((source) => source.hasBackupTools)?.installation
      if (!older || older.major >= major) return t.skip('no older pg_dump is installed')
      const target = await newTarget(t, kind)
      const old = createBackup(target, createPostgresDialect, [older.bin])
      const refusal = {
        code: 'BACKUP_TOOL_MISSING',
        message: new RegExp(
          `pg_dump ${older.major}\\.\\d+ \\(.*\\) is too old to back up PostgreSQL ${major}\\.`,
        ),
      }
      await assert.rejects(old.probe(), refusal)
      await assert.rejects(old.copy('/not/written', COPY), refusal)
    })
  })
}
