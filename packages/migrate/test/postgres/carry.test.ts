import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { execute } from '../../../../test/support/databases.ts'
import { createPostgresDialect } from '../../src/dialect/postgres/dialect.ts'
import { createProject, table } from '../contract/project.ts'
import { backupKinds, dumpOf, PREPARE, prepared, restorable, run, SWAP } from './restore-support.ts'
import { newWriter, targetOf, urlOfNewRole } from './setup.ts'
import { scene, wordOf } from './swap-support.ts'

const SETTINGS = `SELECT s FROM pg_db_role_setting, unnest(setconfig) s
  WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY s`

for (const { kind, skip } of backupKinds) {
  describe(`what a restored database takes over on ${kind.name}`, { skip }, () => {
    it('is what a frozen database has, which is restored and stays frozen', async (t) => {
      const project = await createProject(t, kind, { 'v1.sql': table('a') })
      await project.migrator.snapshot()
      await project.migrator.migrate()
      await project.migrator.backup()
      const [{ name }] = (await project.query('SELECT current_database() AS name')) as [
        { name: string },
      ]
      await project.query("INSERT INTO a (id, label) VALUES (1, 'since')")
      await project.query(`ALTER DATABASE ${name} SET default_transaction_read_only = on`)
      const { outcome, proof, findings } = await project.migrator.restore({
        from: { latest: true },
      })
      assert.deepEqual([outcome, proof, findings], ['done', 'digest', []])
      assert.deepEqual(await project.query('SELECT count(*)::int AS n FROM a'), [{ n: 0 }])
      assert.deepEqual(await project.query(SETTINGS), [{ s: 'default_transaction_read_only=on' }])
      await project.migrator.discardPrevious()
    })

    it('is not what its user may not set: that is told, with what a superuser runs', async (t) => {
      const url = await restorable(t, kind)
      const dialect = createPostgresDialect(targetOf(url))
      const admin = await newWriter(
        t,
        createPostgresDialect(targetOf(url.replace(/[^/]*$/, 'postgres'))),
      )
      const weak = await urlOfNewRole(url, admin)
      const role = new URL(weak).username
      const name = new URL(url).pathname.slice(1)
      await run(
        dialect,
        `CREATE TABLE word AS SELECT 'old' AS said; ALTER TABLE word OWNER TO ${role}`,
      )
      for (const statement of [
        `ALTER ROLE ${role} CREATEDB`,
        `ALTER DATABASE ${name} OWNER TO ${role}`,
        `ALTER DATABASE ${name} SET log_statement = 'all'`,
        `ALTER DATABASE ${name} SET app.jwt_secret = 'hush'`,
        `ALTER DATABASE ${name} SET work_mem = '7MB'`,
        `ALTER ROLE postgres IN DATABASE ${name} SET work_mem = '9MB'`,
      ]) {
        await admin.query(statement)
      }
      const asWeak = createPostgresDialect(targetOf(weak))
      const made = await prepared(t, asWeak, (await dumpOf(t, asWeak)).file)
      const { notes } = await made.swap(SWAP)
      assert.equal(await wordOf(dialect), 'old')
      assert.deepEqual(await run(dialect, SETTINGS), [{ s: 'work_mem=7MB' }])
      const fixes = notes.filter(({ code }) => code === 'SETTING_NOT_CARRIED').map(({ fix }) => fix)
      assert.equal(fixes.length, 3)
      assert.ok(
        fixes.some((fix) => fix?.includes(`ALTER DATABASE "${name}" SET "log_statement" TO 'all'`)),
      )
      assert.ok(
        fixes.some((fix) =>
          fix?.includes(`ALTER ROLE "postgres" IN DATABASE "${name}" SET "work_mem" TO '9MB'`),
        ),
      )
      assert.doesNotMatch(JSON.stringify(notes), /hush/)
    })

    it('needs the right to its tablespace, which is asked for first', async (t) => {
      const url = await restorable(t, kind)
      const dialect = createPostgresDialect(targetOf(url))
      const admin = await newWriter(
        t,
        createPostgresDialect(targetOf(url.replace(/[^/]*$/, 'postgres'))),
      )
      const weak = await urlOfNewRole(url, admin)
      const role = new URL(weak).username
      const name = new URL(url).pathname.slice(1)
      const space = `space_${name.slice(-8)}`
      await admin.query('SET allow_in_place_tablespaces = on')
      await admin.query(`CREATE TABLESPACE ${space} LOCATION ''`)
      await admin.query(`ALTER ROLE ${role} CREATEDB`)
      await admin.query(`ALTER DATABASE ${name} OWNER TO ${role}`)
      const { file } = await dumpOf(t, dialect)
      await admin.query(`ALTER DATABASE ${name} SET TABLESPACE ${space}`)
      const asWeak = createPostgresDialect(targetOf(weak))
      await assert.rejects(asWeak.backup.prepare(file, PREPARE), {
        code: 'PERMISSION_DENIED',
        hint: new RegExp(`GRANT CREATE ON TABLESPACE "${space}" TO "${role}";`),
      })
      await admin.query(`GRANT CREATE ON TABLESPACE ${space} TO ${role}`)
      await (await asWeak.backup.prepare(file, PREPARE)).discard()
    })

    it('is the server’s own default where the database is gone, and that is told', async (t) => {
      const { url, name, dialect, prepared } = await scene(t, kind)
      await execute(url.replace(/[^/]*$/, 'postgres'), `DROP DATABASE ${name} WITH (FORCE)`)
      const { file } = await dumpOf(t, prepared.dialect)
      await prepared.discard()
      const made = await dialect.backup.prepare(file, PREPARE)
      const { notes } = await made.swap(SWAP)
      await made.discard()
      assert.equal(await wordOf(dialect), 'old')
      const [note] = notes
      assert.equal(note?.code, 'PROPERTIES_DEFAULTED')
      assert.match(note?.message ?? '', /owner is postgres.*encoding UTF8.*grants.*settings/)
    })

    it('is the mark of a template too, which keeps none from being found and removed', async (t) => {
      const { name, dialect, prepared } = await scene(t, kind)
      await run(dialect, `ALTER DATABASE ${name} IS_TEMPLATE true`)
      await prepared.discard()
      const made = await dialect.backup.prepare((await dumpOf(t, dialect)).file, PREPARE)
      const { previous } = await made.swap(SWAP)
      await made.discard()
      const templates = await run(
        dialect,
        'SELECT datname FROM pg_database WHERE datistemplate AND datname = $1',
        [name],
      )
      await run(dialect, `ALTER DATABASE ${name} IS_TEMPLATE false`)
      assert.equal(templates.length, 1)
      assert.deepEqual(await dialect.backup.previous(), [previous])
      await dialect.backup.discardPrevious(previous as string)
      assert.deepEqual(await dialect.backup.previous(), [])
    })
  })
}
