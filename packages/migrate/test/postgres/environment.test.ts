import assert from 'node:assert/strict'
import { createReadStream } from 'node:fs'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { tempFolder, testDatabase } from '../../../../test/support/databases.ts'
import { createBackup } from '../../src/dialect/postgres/backup/backup.ts'
import { findTools, toolFolders } from '../../src/dialect/postgres/backup/tools.ts'
import { createPostgresDialect } from '../../src/dialect/postgres/dialect.ts'
import {
  backupKinds,
  COPY,
  dumpOf,
  NEVER,
  PREPARE,
  prepared,
  run,
  sqlDumpOf,
} from './restore-support.ts'
import { targetOf } from './setup.ts'

/** What the environment says meanwhile. */
async function withEnvironment(
  values: Readonly<Record<string, string>>,
  body: () => Promise<void>,
): Promise<void> {
  const before = { ...process.env }
  Object.assign(process.env, values)
  try {
    await body()
  } finally {
    for (const name of Object.keys(values)) {
      if (before[name] === undefined) delete process.env[name]
      else process.env[name] = before[name]
    }
  }
}

for (const { kind, skip } of backupKinds) {
  describe(`with an environment for other programs, ${kind.name}`, { skip }, () => {
    it('backs up and restores with the encoding and the server that it has without', async (t) => {
      const url = await testDatabase(t, kind)
      const dialect = createPostgresDialect(targetOf(url))
      await run(dialect, `CREATE TABLE t AS SELECT '→ é' AS "für"`)
      const file = await sqlDumpOf(t, url)
      const theirs = { PGCLIENTENCODING: 'LATIN1', PGTARGETSESSIONATTRS: 'standby' }
      await withEnvironment(theirs, async () => {
        const { file: archive, content } = await dumpOf(t, dialect)
        for (const dump of [archive, file]) {
          assert.deepEqual(await (await prepared(t, dialect, dump)).content(), content)
        }
      })
    })

    it('keeps the master key and the URL from the programs that it starts', async (t) => {
      const url = await testDatabase(t, kind)
      const target = targetOf(url)
      const dialect = createPostgresDialect(target)
      await run(dialect, 'CREATE TABLE t AS SELECT 1 AS n')
      const bin = await tempFolder(t)
      const told = join(bin, 'told')
      for (const name of ['pg_dump', 'pg_restore', 'psql'] as const) {
        const tool = (await findTools(name, toolFolders())).at(-1)
        await writeFile(join(bin, name), `#!/bin/sh\nenv >> ${told}\nexec ${tool?.path} "$@"\n`)
        await chmod(join(bin, name), 0o700)
      }
      const backup = createBackup(target, createPostgresDialect, [bin])
      const theirs = {
        DATABASE_URL: 'hunter2',
        FOSSAWORK_MASTER_KEY: 'hunter2',
        OUR_KEYS: '# hunter2\nMIGRATE-KEY-1QQQ',
        REPORTING_URL: 'postgres://me:hunter2@host/db',
        KEPT: 'yes',
      }
      await withEnvironment(theirs, async () => {
        const folder = await tempFolder(t)
        const file = join(folder, 'a.dump')
        await backup.copy(file, COPY)
        await backup.read(createReadStream(file), NEVER)
        await (await backup.prepare(file, PREPARE)).discard()
        await (await backup.prepare(await sqlDumpOf(t, url), PREPARE)).discard()
      })
      const text = await readFile(told, 'utf8')
      assert.doesNotMatch(text, /hunter2|MIGRATE-KEY/)
      assert.ok(text.split('KEPT=yes').length > 6)
    })

    it('takes the time that it takes, whatever is set for others', async (t) => {
      const url = await testDatabase(t, kind)
      const dialect = createPostgresDialect(targetOf(url))
      await run(dialect, 'CREATE TABLE t AS SELECT 1 AS n')
      await withEnvironment({ PGOPTIONS: '-c statement_timeout=1' }, async () => {
        await dialect.backup.probe()
        await dialect.backup.restoreState()
        await (await dialect.scratch()).remove()
        const { file } = await dumpOf(t, dialect)
        await prepared(t, dialect, file)
      })
    })

    it('says who may have told that nothing is written', async (t) => {
      const url = await testDatabase(t, kind)
      const dialect = createPostgresDialect(targetOf(url))
      await run(dialect, 'CREATE TABLE t AS SELECT 1 AS n')
      await withEnvironment({ PGOPTIONS: '-c default_transaction_read_only=on' }, async () => {
        await assert.rejects(run(dialect, 'CREATE TABLE u (n int)'), {
          code: 'READ_ONLY',
          hint: /default_transaction_read_only.*PGOPTIONS/,
        })
      })
    })

    it('says that the driver cannot reach a name with signs of URLs', async (t) => {
      const url = new URL(await testDatabase(t, kind))
      url.pathname += '%23q'
      await assert.rejects(run(createPostgresDialect(targetOf(url.href)), 'SELECT 1'), {
        code: 'DATABASE_MISSING',
        hint: /cannot reach a database with one of #/,
      })
    })
  })
}
