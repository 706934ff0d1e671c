import assert from 'node:assert/strict'
import { chmodSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { databases } from '../../../../test/support/databases.ts'
import type { Migrator } from '../../src/api.ts'
import { createProject, table } from './project.ts'

const FILES = { 'v001_users.sql': table('users'), 'v002_orders.sql': table('orders') }

/** What a validation finds besides notes. */
async function found(migrator: Migrator): Promise<string[]> {
  const { findings } = await migrator.validate({ categories: ['security'] })
  return findings
    .filter(({ severity }) => severity !== 'info')
    .map(({ code, severity, at, fix }) => `${severity} ${code} ${at?.file ?? ''}: ${fix}`)
}

for (const kind of databases) {
  describe(`the security of a database on ${kind.name}`, { skip: kind.skip }, () => {
    it('has no fault where this tool made it', async (t) => {
      const project = await createProject(t, kind, { 'v001_users.sql': table('users') })
      await project.migrator.migrate()
      await project.write('v002_orders.sql', FILES['v002_orders.sql'])
      await project.migrator.migrate()
      const { findings, checks } = await project.migrator.validate({ categories: ['security'] })
      assert.deepEqual(
        findings.filter(({ severity }) => severity !== 'info'),
        [],
      )
      const done = checks.filter(({ skipped }) => skipped === null).map(({ name }) => name)
      const wanted = ['file modes', ...(kind.hasBackupTools ? ['backups'] : [])]
      for (const name of wanted) assert.ok(done.includes(name), name)
    })

    it('is hurt by backups that are open, missing or old', {
      skip: !kind.hasBackupTools,
    }, async (t) => {
      const project = await createProject(t, kind, FILES)
      await project.migrator.migrate()
      await project.migrator.backup()
      const { file } = await project.migrator.backup()
      const folder = join(project.folder, 'backups')
      chmodSync(file, 0o644)
      assert.deepEqual(await found(project.migrator), [
        `warning TOO_OPEN ${file}: \`chmod -R o-rwx ${folder}\``,
      ])
      chmodSync(file, 0o606)
      assert.match((await found(project.migrator)).join(), /^error TOO_OPEN /)
      rmSync(file)
      assert.match((await found(project.migrator)).join('\n'), /^error BACKUP_MISSING .*$/)

      rmSync(folder, { recursive: true })
      assert.deepEqual(await found(project.migrator), [])
      await project.query("UPDATE schema_migrations SET applied_at = '2026-01-01T00:00:00.000Z'")
      const [old, ...none] = await found(project.migrator)
      assert.match(old ?? '', /^warning BACKUP_OLD /)
      assert.deepEqual(none, [])
      const off = await project.open({ backup: 'off' })
      assert.deepEqual(await found(off), [])
    })

    it('is hurt by a master key that others may read', async (t) => {
      const project = await createProject(t, kind, FILES)
      await project.migrator.migrate()
      const key = join(project.folder, 'master.key')
      writeFileSync(
        key,
        'migrate-key-1qqqsyqcyq5rqwzqfpg9scrgwpugpzysnzs23v9ccrydpk8qarc0strxfl3\n',
        { mode: 0o600 },
      )
      const open = await project.open({}, undefined, undefined, { MIGRATE_MASTER_KEY_FILE: key })
      assert.deepEqual(await found(open), [])
      chmodSync(key, 0o604)
      assert.deepEqual(await found(open), [`error KEY_UNUSABLE : Run: chmod 600 ${key}`])
    })
  })
}

const [sqlite] = databases.filter(({ dialect }) => dialect === 'sqlite')

describe('the files of a SQLite database', { skip: sqlite?.skip ?? true }, () => {
  it('are closed to others by grants --apply, and told of until then', async (t) => {
    assert.ok(sqlite)
    const project = await createProject(t, sqlite, FILES)
    const { migrator } = project
    await migrator.migrate()
    const file = project.url.replace('sqlite:///', '')
    chmodSync(file, 0o664)
    assert.deepEqual(await found(migrator), [`warning TOO_OPEN ${file}: \`chmod o-rwx ${file}\``])
    chmodSync(file, 0o666)
    assert.deepEqual(await found(migrator), [`error TOO_OPEN ${file}: \`chmod o-rwx ${file}\``])

    const planned = await migrator.grants()
    assert.equal(planned.outcome, 'planned')
    assert.equal(statSync(file).mode & 0o777, 0o666)
    const done = await migrator.grants({ apply: true })
    assert.deepEqual(done.statements, [`chmod o-rwx ${file}`])
    assert.equal(statSync(file).mode & 0o777, 0o660)
    assert.deepEqual(await found(migrator), [])
    assert.equal((await migrator.log({ limit: 1 }))[0]?.event, 'grants_applied')
    assert.equal((await migrator.grants({ apply: true })).outcome, 'nothing')

    const folder = join(file, '..')
    chmodSync(folder, 0o777)
    assert.deepEqual(await found(migrator), [`error TOO_OPEN ${folder}: \`chmod o-w ${folder}\``])
    chmodSync(folder, 0o1777)
    assert.deepEqual(await found(migrator), [])
  })
})
