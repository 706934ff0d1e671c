import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { tempFolder, testDatabase } from '../../../../test/support/databases.ts'
import { startSnippet } from '../../../../test/support/process.ts'
import { createBackup } from '../../src/dialect/postgres/backup/backup.ts'
import { onlyUnknownSetting } from '../../src/dialect/postgres/backup/restore-archive.ts'
import { createPostgresDialect } from '../../src/dialect/postgres/dialect.ts'
import {
  backupKinds,
  databasesLike,
  dumpOf,
  PREPARE,
  prepared,
  run,
  SWAP,
  sqlDumpOf,
} from './restore-support.ts'
import { newDialect, newTarget, newWriter, targetOf, urlOfNewRole } from './setup.ts'

/** Begins to restore, and is killed. */
const RESTORER = `
import { parseDatabaseUrl } from './packages/migrate/src/config/database-url.ts'
import { createPostgresDialect } from './packages/migrate/src/dialect/postgres/dialect.ts'
const dialect = createPostgresDialect(parseDatabaseUrl(process.env.DATABASE_URL, '/'))
await dialect.backup.prepare(process.env.FILE, {
  swappable: true, signal: new AbortController().signal,
  onProgress: () => console.log('restoring'),
})
`
/** Whose restore takes its time. */
const SLOW = `CREATE TABLE t (id int); INSERT INTO t VALUES (1);
  CREATE FUNCTION slow(n int) RETURNS bool LANGUAGE plpgsql AS $$BEGIN
    IF current_database() LIKE '%_restoring_%' THEN PERFORM pg_sleep(600); END IF; RETURN true; END$$;
  ALTER TABLE t ADD CHECK (slow(id))`

for (const { kind, skip } of backupKinds) {
  describe(`what is restored beside a database of ${kind.name}`, { skip }, () => {
    it('has what a dump leaves out: grants, settings, owner, place', async (t) => {
      const url = await testDatabase(t, kind)
      const dialect = createPostgresDialect(targetOf(url))
      const writer = await newWriter(t, dialect)
      const [owner, guest] = await Promise.all(
        [0, 1].map(async () => new URL(await urlOfNewRole(url, writer)).username),
      )
      const name = new URL(url).pathname.slice(1)
      for (const statement of [
        `ALTER DATABASE ${name} OWNER TO ${owner}`,
        `REVOKE ALL ON DATABASE ${name} FROM PUBLIC`,
        `GRANT CONNECT, TEMPORARY ON DATABASE ${name} TO ${guest} WITH GRANT OPTION`,
        `ALTER DATABASE ${name} SET search_path = "$user", 'a "b", c', public`,
        `ALTER DATABASE ${name} SET app.note = 'it''s \\ "x", y'`,
        `ALTER DATABASE ${name} SET default_transaction_read_only = on`,
        `ALTER ROLE ${guest} IN DATABASE ${name} SET work_mem = '7MB'`,
        'SET default_transaction_read_only = off',
        'CREATE TABLE t AS SELECT n FROM generate_series(1, 1000) n',
      ]) {
        await writer.query(statement)
      }
      const { file } = await dumpOf(t, dialect)
      const restored = await prepared(t, dialect, file)
      const facts = (of: typeof dialect) =>
        run<{ settings: string[] }>(
          of,
          `SELECT pg_get_userbyid(datdba) AS owner, array(SELECT a::text FROM unnest(datacl) a ORDER BY 1) AS acl, encoding,
            datcollate, datctype, dattablespace,
            array(SELECT setrole || s FROM pg_db_role_setting, unnest(setconfig) s WHERE setdatabase = d.oid ORDER BY 1) AS settings
          FROM pg_database d WHERE datname = current_database()`,
        )
      const live = await facts(dialect)
      const isFrozen = (setting: string) => setting.includes('default_transaction_read_only')
      assert.deepEqual(
        await facts(restored.dialect),
        // that one comes with the live one's name, since the journal is written to before
        live.map((one) => ({ ...one, settings: one.settings.filter((s) => !isFrozen(s)) })),
      )
      const [path] = await run(restored.dialect, 'SHOW search_path')
      assert.deepEqual(path, { search_path: '"$user", "a ""b"", c", public' })
      const [analyzed] = await run(
        restored.dialect,
        "SELECT reltuples FROM pg_class WHERE relname = 't'",
      )
      assert.deepEqual(analyzed, { reltuples: 1000 }, 'the planner knows the new tables')
    })

    it('goes when it is given up, and where it fails', async (t) => {
      const dialect = await newDialect(t, kind)
      await run(dialect, 'CREATE TABLE t (id int)')
      const { file } = await dumpOf(t, dialect)
      const steps: [number, number][] = []
      const restored = await prepared(t, dialect, file, {
        onProgress: (...step) => steps.push(step),
      })
      assert.ok(steps.length > 0 && steps.every(([done, total]) => done <= total))
      assert.match((await databasesLike(dialect))[1] ?? '', /^_restoring_[0-9a-f]{16}$/)
      await restored.discard()
      await restored.discard()
      assert.deepEqual(await databasesLike(dialect), [''])
      const stop = new AbortController()
      const stopped = dialect.backup.prepare(file, {
        ...PREPARE,
        signal: stop.signal,
        onProgress: () => stop.abort(),
      })
      await assert.rejects(stopped, { code: 'INTERRUPTED' })
      assert.deepEqual(await databasesLike(dialect), [''])
    })

    it('is made for a test too, and takes no place then', async (t) => {
      const dialect = await newDialect(t, kind)
      await run(dialect, 'CREATE TABLE t (id int)')
      const { file, content } = await dumpOf(t, dialect)
      const restored = await prepared(t, dialect, file, { swappable: false })
      assert.deepEqual(await restored.content(), content)
      await assert.rejects(restored.swap(SWAP), /restored for a test/)
    })

    it('is removed by the next restore when its process was killed', async (t) => {
      const url = await testDatabase(t, kind)
      const dialect = createPostgresDialect(targetOf(url))
      await run(dialect, SLOW)
      const slow = (await dumpOf(t, dialect)).file
      await run(dialect, 'DROP TABLE t')
      const { file } = await dumpOf(t, dialect)
      const child = startSnippet(RESTORER, {
        cwd: new URL('../../../..', import.meta.url).pathname,
        env: { DATABASE_URL: url, FILE: slow },
      })
      await child.printed('restoring')
      await child.kill()
      const foreign = `${new URL(url).pathname.slice(1)}_restoring_0123456789abcdef`
      await run(dialect, `CREATE DATABASE ${foreign}`)
      const inForeign = createPostgresDialect(targetOf(url.replace(/[^/]*$/, foreign)))
      await run(inForeign, 'CREATE TABLE precious (id int)')
      // of one that died before it said what it is
      await run(dialect, `CREATE DATABASE ${foreign.replace('0123', '9999')}`)
      const left = await databasesLike(dialect)
      assert.equal(left.length, 4)
      const restored = await prepared(t, dialect, file)
      const now = await databasesLike(dialect)
      assert.equal(now.length, 3, 'the killed ones are gone, the new one is there')
      assert.ok(now.includes('_restoring_0123456789abcdef'), 'a name alone drops nothing')
      await restored.discard()
      await run(dialect, `DROP DATABASE ${foreign}`)
    })

    it('needs the roles that it belongs to', async (t) => {
      const url = await testDatabase(t, kind)
      const dialect = createPostgresDialect(targetOf(url))
      const writer = await newWriter(t, dialect)
      const gone = new URL(await urlOfNewRole(url, writer)).username
      await writer.query(`CREATE TABLE t (id int); ALTER TABLE t OWNER TO ${gone}`)
      const dumps = [(await dumpOf(t, dialect)).file, await sqlDumpOf(t, url)]
      await writer.query(`DROP TABLE t; DROP ROLE ${gone}`)
      for (const file of dumps) {
        await assert.rejects(dialect.backup.prepare(file, PREPARE), {
          code: 'RESTORE_FAILED',
          message: new RegExp(`the role "${gone}", which this server does not have`),
          hint: new RegExp(`CREATE ROLE "${gone}"`),
        })
      }
      assert.deepEqual(await databasesLike(dialect), [''])
    })

    it('is refused to who may not do it, with what to run', async (t) => {
      const url = await testDatabase(t, kind)
      const dialect = createPostgresDialect(targetOf(url))
      const writer = await newWriter(t, dialect)
      const { file } = await dumpOf(t, dialect)
      const weak = await urlOfNewRole(url, writer)
      const role = new URL(weak).username
      const asWeak = createPostgresDialect(targetOf(weak)).backup
      await assert.rejects(asWeak.prepare(file, PREPARE), {
        code: 'PERMISSION_DENIED',
        message: new RegExp(`${role} may not create and rename databases, nor act as postgres`),
        hint: new RegExp(`ALTER ROLE "${role}" CREATEDB; GRANT "postgres" TO "${role}";`),
      })
      await writer.query(`ALTER ROLE ${role} CREATEDB`)
      const name = new URL(url).pathname.slice(1)
      await writer.query(`ALTER DATABASE ${name} OWNER TO ${role}`)
      const restored = await asWeak.prepare(file, PREPARE)
      await restored.discard()
    })

    it('quotes no rows where it fails', async (t) => {
      const url = await testDatabase(t, kind)
      const dialect = createPostgresDialect(targetOf(url))
      await run(
        dialect,
        `CREATE FUNCTION even(n int) RETURNS bool LANGUAGE sql AS 'SELECT true';
        CREATE TABLE t (n int, mail text); INSERT INTO t VALUES (1, 'alice@example.org'), (1, 'x');
        CREATE TABLE u (n int CHECK (even(n)), mail text); INSERT INTO u VALUES (7, 'bob@example.org');
        CREATE OR REPLACE FUNCTION even(n int) RETURNS bool LANGUAGE sql AS 'SELECT n % 2 = 0'`,
      )
      for (const file of [(await dumpOf(t, dialect)).file, await sqlDumpOf(t, url)]) {
        await assert.rejects(dialect.backup.prepare(file, PREPARE), (error: Error) => {
          assert.match(error.message, /"u" violates check constraint/)
          assert.doesNotMatch(error.message, /example\.org/)
          return true
        })
      }
    })

    it('says which program is missing', async (t) => {
      const target = await newTarget(t, kind)
      const { file } = await dumpOf(t, createPostgresDialect(target))
      const none = createBackup(target, createPostgresDialect, [await tempFolder(t)])
      await assert.rejects(none.prepare(file, PREPARE), {
        code: 'BACKUP_TOOL_MISSING',
        message: /pg_restore is not installed/,
      })
    })
  })
}

describe('what a newer pg_restore says to an older server', () => {
  const unknown =
    'pg_restore: error: could not execute query: ERROR:  unrecognized configuration parameter "transaction_timeout"'
  const summary = 'pg_restore: warning: errors ignored on restore: 1'

  it('is let pass where it is nothing but the one setting that the server does not know', () => {
    const only = (lines: string[], saidAll = true) => onlyUnknownSetting({ lines, saidAll })
    assert.equal(only([unknown, summary]), true)
    assert.equal(only([unknown, unknown, summary]), true)
    assert.equal(only([unknown, 'pg_restore: error: could not read', summary]), false)
    assert.equal(only([]), false)
    assert.equal(only([unknown, summary], false), false)
  })
})
