import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createProject } from '../contract/project.ts'
import { newDialect, newReader, newWriter, postgresKinds } from './setup.ts'

for (const kind of postgresKinds) {
  describe(`the names of tables on ${kind.name}`, { skip: kind.skip }, () => {
    it('are those of all schemas, without what is temporary or came with an extension', async (t) => {
      const dialect = await newDialect(t, kind)
      const writer = await newWriter(t, dialect)
      await writer.query(`CREATE SCHEMA app; CREATE TABLE app.users (id int); CREATE TABLE here (id int);
        CREATE TABLE app.schema_migrations (id int); CREATE MATERIALIZED VIEW app.kept AS SELECT 1 AS one;
        CREATE TEMP TABLE passing (id int);`)
      const names = async () => (await dialect.tableNames(await newReader(t, dialect))).sort()
      const all = ['app.kept', 'app.schema_migrations', 'app.users', 'here']
      assert.deepEqual(await names(), all)
      // stands for any extension's own table
      await writer.query('CREATE TABLE of_extension (id int)')
      await writer.query('ALTER EXTENSION plpgsql ADD TABLE of_extension')
      assert.deepEqual(await names(), all)
    })
  })

  const noTools = kind.hasBackupTools ? false : 'pg_dump of that version is not installed'
  describe(`the first run on ${kind.name}`, { skip: kind.skip || noTools }, () => {
    it('takes a backup of tables that only another schema has', async (t) => {
      const project = await createProject(t, kind, {
        'v1.sql': '-- migrate:up\nDROP TABLE app.users;',
      })
      await project.query('CREATE SCHEMA app; CREATE TABLE app.users (id int)')
      await assert.rejects(project.migrator.migrate(), { code: 'DATABASE_NOT_EMPTY' })
      await project.migrator.baseline({ version: null })
      const { backup } = await project.migrator.migrate()
      assert.ok(backup)
    })
  })
}
