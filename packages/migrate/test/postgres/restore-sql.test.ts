import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { tempFolder, testDatabase } from '../../../../test/support/databases.ts'
import { createBackup } from '../../src/dialect/postgres/backup/backup.ts'
import { readContent } from '../../src/dialect/postgres/backup/content.ts'
import { createPostgresDialect } from '../../src/dialect/postgres/dialect.ts'
import {
  backupKinds,
  databasesLike,
  NEVER,
  PREPARE,
  prepared,
  run,
  sqlDumpOf,
} from './restore-support.ts'
import { targetOf } from './setup.ts'

const ROWS = `CREATE TABLE t AS SELECT n, E'\\\\restrict x\\n\\\\! ls\\n' || n AS odd FROM generate_series(1, 3000) n;
  CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$ SELECT '
\\unrestrict y
SET transaction_timeout = 0;
' $$; SELECT lo_from_bytea(0, 'large')`

for (const { kind, skip } of backupKinds) {
  describe(`a dump in SQL on ${kind.name}`, { skip }, () => {
    it('is restored, whatever its text looks like', async (t) => {
      const url = await testDatabase(t, kind)
      const target = targetOf(url)
      const dialect = createPostgresDialect(target)
      await run(dialect, ROWS)
      const content = await readContent(target, NEVER)
      const [definition] = await run(dialect, "SELECT pg_get_functiondef('f'::regproc) AS def")
      for (const args of [[], ['--inserts', '--rows-per-insert=500'], ['--clean', '--if-exists']]) {
        const file = await sqlDumpOf(t, url, args)
        const restored = await prepared(t, dialect, file)
        assert.deepEqual(await restored.content(), content, `${args}`)
        assert.deepEqual(
          await run(restored.dialect, "SELECT pg_get_functiondef('f'::regproc) AS def"),
          [definition],
        )
      }
    })

    it('by a pg_dump before the restriction, or after 17, is restored as well', async (t) => {
      const url = await testDatabase(t, kind)
      const dialect = createPostgresDialect(targetOf(url))
      await run(dialect, 'CREATE TABLE t AS SELECT 1 AS n')
      const sql = await readFile(await sqlDumpOf(t, url), 'utf8')
      const old = sql.replace(/^\\(un)?restrict .*\n/gm, '')
      const later = sql.replace(/^SET lock_timeout = 0;$/m, '$&\nSET transaction_timeout = 0;')
      const windows = old.replaceAll('\n', '\r\n')
      for (const text of [old, later, windows]) {
        assert.notEqual(text, sql)
        const file = join(await tempFolder(t), 'x.sql')
        await writeFile(file, text)
        const restored = await prepared(t, dialect, file)
        assert.deepEqual((await restored.content()).rows, { t: 1 })
      }
    })

    it('runs no program, however its command is hidden', async (t) => {
      const url = await testDatabase(t, kind)
      const dialect = createPostgresDialect(targetOf(url))
      await run(dialect, 'CREATE TABLE t AS SELECT 1 AS n')
      const sql = await readFile(await sqlDumpOf(t, url), 'utf8')
      const [, word] = /^\\restrict (\w+)$/m.exec(sql) ?? []
      assert.ok(word)
      const folder = await tempFolder(t)
      const trace = join(folder, 'trace')
      const bad = `touch ${trace}`
      const file = join(folder, 'bad.sql')
      for (const command of [
        `\\! ${bad}`,
        `SELECT 1 \\! ${bad}`,
        `SELECT 1 \\g |${bad}`,
        `\\o |${bad}`,
        `\\copy t from program '${bad}'`,
        `\\set x \`${bad}\``,
        `CREATE TABLE public.c (n int);\nCOPY public.c FROM stdin;\n2\n\\.\n\\! ${bad}`,
        `\\unrestrict ${word}\n\\! ${bad}`,
        `\\restrict ${word}\n\\unrestrict ${word}\n\\! ${bad}`,
        '\\connect postgres',
      ]) {
        const at = sql.indexOf('CREATE TABLE')
        await writeFile(file, `${sql.slice(0, at)}\n${command}\n${sql.slice(at)}`)
        await assert.rejects(
          dialect.backup.prepare(file, PREPARE),
          { code: 'RESTORE_FAILED', message: /command of psql in line \d+.*was not run/ },
          command,
        )
        assert.ok(!existsSync(trace), command)
      }
      assert.deepEqual(await databasesLike(dialect), [''])
    })

    it('is named by its line where the server refuses it', async (t) => {
      const url = await testDatabase(t, kind)
      const dialect = createPostgresDialect(targetOf(url))
      await run(dialect, 'CREATE TABLE t AS SELECT 1 AS n')
      const sql = await readFile(await sqlDumpOf(t, url), 'utf8')
      const file = join(await tempFolder(t), 'bad.sql')
      await writeFile(file, sql.replace('CREATE TABLE', 'CREATE TABLET'))
      // psql counts up to where a statement ends
      const line = sql.slice(0, sql.indexOf(');', sql.indexOf('CREATE TABLE'))).split('\n').length
      await assert.rejects(dialect.backup.prepare(file, PREPARE), {
        code: 'RESTORE_FAILED',
        message: new RegExp(`psql:<stdin>:${line}: ERROR: .*syntax error at or near "TABLET"`),
      })
    })

    it('needs a psql that can be kept from running programs', async (t) => {
      const url = await testDatabase(t, kind)
      const target = targetOf(url)
      const file = await sqlDumpOf(t, url)
      const folder = await tempFolder(t)
      const none = createBackup(target, createPostgresDialect, [folder])
      await assert.rejects(none.prepare(file, PREPARE), {
        code: 'BACKUP_TOOL_MISSING',
        message: /psql is not installed/,
      })
      // what one before the restriction answers to its first command
      const old = join(folder, 'psql')
      await writeFile(
        old,
        '#!/bin/sh\n[ "$1" = --version ] && echo "psql (PostgreSQL) 15.3" && exit\nprintf "%s\\n" "psql: error: invalid command \\\\restrict" >&2\nexit 3\n',
      )
      await chmod(old, 0o755)
      await assert.rejects(none.prepare(file, PREPARE), {
        code: 'BACKUP_TOOL_MISSING',
        message: /psql 15\.3 .* is too old/,
      })
    })
  })
}
