import assert from 'node:assert/strict'
import { stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { tempFolder, testDatabase } from '../../../../test/support/databases.ts'
import { SOURCES } from '../../../../test/support/installations.ts'
import { createBackup } from '../../src/dialect/postgres/backup.ts'
import { createPostgresDialect } from '../../src/dialect/postgres/dialect.ts'
import { newTarget, newWriter, postgresKinds, targetOf, urlOfNewRole } from './setup.ts'

const SILENT = { onProgress: () => {} }

for (const kind of postgresKinds) {
  const noTools = kind.hasBackupTools ? false : 'pg_dump of that version is not installed'

  describe(`a backup of ${kind.name}`, { skip: kind.skip || noTools }, () => {
    it('is a private file that reads back whole', async (t) => {
      const target = await newTarget(t, kind)
      const dialect = createPostgresDialect(target)
      const writer = await newWriter(t, dialect)
      await writer.query('CREATE TABLE t AS SELECT n, md5(n::text) FROM generate_series(1, 5000) n')
      const file = join(await tempFolder(t), `x.${dialect.backup.extension}`)
      const progress: [number, number][] = []
      await dialect.backup.probe()
      await dialect.backup.write(file, { onProgress: (...step) => progress.push(step) })
      await dialect.backup.verify(file)
      assert.equal((await stat(file)).mode & 0o777, 0o600)
      const [done, total] = progress.at(-1) ?? []
      assert.ok(done !== undefined && done > 0)
      assert.equal(done, total)
    })

    it('that was cut by 200 bytes, or is none, is refused', async (t) => {
      const target = await newTarget(t, kind)
      const dialect = createPostgresDialect(target)
      const { backup } = dialect
      const writer = await newWriter(t, dialect)
      await writer.query('CREATE TABLE t AS SELECT n, md5(n::text) FROM generate_series(1, 5000) n')
      const folder = await tempFolder(t)
      const file = join(folder, 'x.dump')
      await backup.write(file, SILENT)
      await truncate(file, (await stat(file)).size - 200)
      await assert.rejects(backup.verify(file), { code: 'BACKUP_FAILED', message: /pg_restore/ })
      const other = join(folder, 'other.dump')
      await writeFile(other, 'no dump')
      await assert.rejects(backup.verify(other), { code: 'BACKUP_FAILED' })
    })

    it('leaves no file and shows no password when it fails', async (t) => {
      const url = await testDatabase(t, kind)
      const file = join(await tempFolder(t), 'x.dump')
      const dialect = createPostgresDialect(targetOf(url))
      const writer = await newWriter(t, dialect)
      await writer.query('CREATE TABLE secret (id int)')
      const plain = await urlOfNewRole(url, writer)
      const weak = createBackup(targetOf(plain))
      await assert.rejects(weak.write(file, SILENT), (error: Error & { code: string }) => {
        assert.equal(error.code, 'BACKUP_FAILED')
        assert.match(error.message, /permission denied for table secret/)
        assert.ok(!error.message.includes(new URL(plain).password))
        return true
      })
      await assert.rejects(stat(file), { code: 'ENOENT' })
      await dialect.backup.write(file, SILENT)
      await assert.rejects(dialect.backup.write(file, SILENT), { code: 'BACKUP_FAILED' })
      assert.ok((await stat(file)).size > 0)
    })

    it('ends when the run is interrupted', async (t) => {
      const target = await newTarget(t, kind)
      const dialect = createPostgresDialect(target)
      const writer = await newWriter(t, dialect)
      await writer.query('CREATE TABLE t (id int)')
      await writer.query('BEGIN; LOCK TABLE t')
      const file = join(await tempFolder(t), 'x.dump')
      const stop = new AbortController()
      const progress = () => stop.abort()
      await assert.rejects(
        dialect.backup.write(file, { onProgress: progress, signal: stop.signal }),
        { code: 'INTERRUPTED' },
      )
      await assert.rejects(stat(file), { code: 'ENOENT' })
    })
  })

  describe(`the tools for a backup of ${kind.name}`, { skip: kind.skip }, () => {
    it('are named with the command that installs them when they are missing', async (t) => {
      const target = await newTarget(t, kind)
      await assert.rejects(createBackup(target, [await tempFolder(t)]).probe(), {
        code: 'BACKUP_TOOL_MISSING',
        message: /pg_dump is not installed; PostgreSQL \d+\.\d+ /,
        hint: /apt-get install postgresql-client-\d+.*brew install libpq/,
      })
    })

    it('are refused when they are older than the server', async (t) => {
      const major = Number(kind.name.split(' ')[1])
      const older = SOURCES.find((source) => source.hasBackupTools)?.installation
      if (!older || older.major >= major) return t.skip('no older pg_dump is installed')
      const target = await newTarget(t, kind)
      await assert.rejects(createBackup(target, [older.bin]).write('/not/written', SILENT), {
        code: 'BACKUP_TOOL_MISSING',
        message: new RegExp(
          `pg_dump ${older.major}\\.\\d+ \\(.*\\) is too old to back up PostgreSQL ${major}\\.`,
        ),
      })
    })
  })
}
