import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { tempFolder, testDatabase } from '../../../../test/support/databases.ts'
import { createPostgresDialect } from '../../src/dialect/postgres/dialect.ts'
import { backupKinds, databasesLike, PREPARE, prepared, run, sqlDumpOf } from './restore-support.ts'
import { targetOf } from './setup.ts'

for (const { kind, skip } of backupKinds) {
  describe(`a dump in SQL on ${kind.name} that reaches beyond its database`, { skip }, () => {
    it('is refused before anything runs, whatever it would do', async (t) => {
      const url = await testDatabase(t, kind)
      const dialect = createPostgresDialect(targetOf(url))
      await run(dialect, 'CREATE TABLE t AS SELECT 1 AS n')
      const name = new URL(url).pathname.slice(1)
      const otherUrl = await testDatabase(t, kind)
      const other = new URL(otherUrl).pathname.slice(1)
      const sql = await readFile(await sqlDumpOf(t, url), 'utf8')
      const folder = await tempFolder(t)
      const trace = join(folder, 'trace')
      const file = join(folder, 'bad.sql')
      for (const statement of [
        `DROP DATABASE ${other}`,
        `drop /* x */ database ${other}`,
        `CREATE DATABASE ${other}_2`,
        `ALTER DATABASE ${name} RENAME TO ${name}_gone`,
        `ALTER ROLE CURRENT_USER SUPERUSER`,
        `CREATE USER ${other}`,
        `CREATE GROUP ${other}`,
        `GRANT pg_monitor TO CURRENT_USER`,
        `REVOKE pg_monitor FROM CURRENT_USER`,
        `GRANT CONNECT ON DATABASE ${other} TO PUBLIC`,
        `COMMENT ON DATABASE ${other} IS 'x'`,
        `SECURITY LABEL FOR x ON ROLE ${other} IS 'x'`,
        `CREATE TABLESPACE ${other} LOCATION '/nowhere'`,
        `REASSIGN OWNED BY ${other} TO CURRENT_USER`,
        `ALTER SYSTEM SET work_mem = '5MB'`,
        `COPY public.t TO PROGRAM 'touch ${trace}'`,
        `COPY public.t FROM '/etc/hostname'`,
        `COPY (SELECT 1) TO '${trace}'`,
        `DO $$ BEGIN EXECUTE 'ALTER ROLE CURRENT_USER CREATEROLE'; END $$`,
        `PREPARE TRANSACTION 'x'`,
        `CREATE FUNCTION begin() RETURNS int LANGUAGE sql AS 'SELECT 1'; COPY t FROM stdin;\nEND; DROP DATABASE ${other};\n\\.\n`,
        `SET standard_conforming_strings = off; SELECT '\\''; DROP DATABASE ${other}; --'`,
      ]) {
        await writeFile(file, sql.replace('CREATE TABLE', `${statement};\nCREATE TABLE`))
        await assert.rejects(
          dialect.backup.prepare(file, PREPARE),
          (error: Error & { code: string; hint: string }) => {
            assert.equal(error.code, 'RESTORE_FAILED', statement)
            assert.match(error.message, /in line \d+.*nothing of it was run/i, statement)
            assert.match(error.hint, /pg_dump/, statement)
            return true
          },
          statement,
        )
        assert.ok(!existsSync(trace), statement)
        assert.deepEqual(await databasesLike(dialect), [''], statement)
      }
      await run(createPostgresDialect(targetOf(otherUrl)), 'SELECT 1')
    })

    it('as pg_dump --create makes it, is refused with the way to one that is not', async (t) => {
      const url = await testDatabase(t, kind)
      const dialect = createPostgresDialect(targetOf(url))
      await run(dialect, 'CREATE TABLE t AS SELECT 1 AS n')
      for (const args of [['--create'], ['--create', '--clean']]) {
        const file = await sqlDumpOf(t, url, args)
        await assert.rejects(dialect.backup.prepare(file, PREPARE), {
          code: 'RESTORE_FAILED',
          message: /(CREATE|DROP) DATABASE in line \d+/,
          hint: /without --create/,
        })
        assert.deepEqual(await run(dialect, 'SELECT n FROM t'), [{ n: 1 }])
      }
    })

    it('may look like it in what it holds', async (t) => {
      const url = await testDatabase(t, kind)
      const dialect = createPostgresDialect(targetOf(url))
      await run(
        dialect,
        `CREATE TABLE t AS SELECT E'\\nDROP DATABASE x;\\n\\\\.\\n\\\\! ls' AS "grant";
        CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 2 END; END;
        CREATE FUNCTION g() RETURNS text LANGUAGE sql AS $x$ SELECT ';DROP ROLE "' $x$;
        COMMENT ON TABLE t IS '; ALTER SYSTEM RESET ALL; \\'; GRANT SELECT ON t TO PUBLIC;
        CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;
        CREATE USER MAPPING FOR CURRENT_USER SERVER s`,
      )
      for (const args of [[], ['--inserts'], ['--clean', '--if-exists']]) {
        const restored = await prepared(t, dialect, await sqlDumpOf(t, url, args))
        assert.deepEqual(await run(restored.dialect, 'TABLE t'), await run(dialect, 'TABLE t'))
      }
    })

    it('cannot, where psql would be told otherwise than it was read', async (t) => {
      const url = await testDatabase(t, kind)
      const dialect = createPostgresDialect(targetOf(url))
      await run(dialect, 'CREATE TABLE t AS SELECT 1 AS n')
      const other = `${new URL(url).pathname.slice(1)}_other`
      const sql = await readFile(await sqlDumpOf(t, url), 'utf8')
      const file = join(await tempFolder(t), 'bad.sql')
      // a setting that a function makes: the string ends elsewhere then
      const trick = `SELECT set_config('standard_conforming_strings', 'off', false);
        SELECT '\\''; CREATE DATABASE ${other}; --'`
      await writeFile(file, sql.replace('CREATE TABLE', `${trick};\nCREATE TABLE`))
      await assert.rejects(dialect.backup.prepare(file, PREPARE), {
        code: 'RESTORE_FAILED',
        message: /cannot run inside a transaction block/,
      })
      assert.deepEqual(await databasesLike(dialect), [''])
      await writeFile(file, sql.replace('CREATE TABLE', "SELECT '\0';\nCREATE TABLE"))
      await assert.rejects(dialect.backup.prepare(file, PREPARE), {
        code: 'BACKUP_DAMAGED',
        message: /0x00/,
      })
    })

    it('of --clean alone is told how to make it', async (t) => {
      const url = await testDatabase(t, kind)
      const dialect = createPostgresDialect(targetOf(url))
      await run(dialect, 'CREATE TABLE t (n int PRIMARY KEY)')
      await assert.rejects(dialect.backup.prepare(await sqlDumpOf(t, url, ['--clean']), PREPARE), {
        code: 'RESTORE_FAILED',
        hint: /--if-exists/,
      })
    })

    it('with a byte order mark is restored', async (t) => {
      const url = await testDatabase(t, kind)
      const dialect = createPostgresDialect(targetOf(url))
      await run(dialect, 'CREATE TABLE t AS SELECT 1 AS n')
      const file = await sqlDumpOf(t, url)
      await writeFile(file, `\ufeff${await readFile(file, 'utf8')}`)
      const restored = await prepared(t, dialect, file)
      assert.deepEqual((await restored.content()).rows, { t: 1 })
    })
  })
}
