import assert from 'node:assert/strict'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { type DatabaseKind, databases } from '../../../../test/support/databases.ts'
import type { MigrateError } from '../../src/errors.ts'
import { createKeyFile } from '../../src/keys/generate.ts'
import { assertTracked, createProject, type Project, statuses, table, tamper } from './project.ts'

const LATEST = { from: { latest: true } } as const

/** v1 applied, a row in it, and a backup of that; then another row, and v2. */
async function backedUp(t: TestContext, kind: DatabaseKind): Promise<Project> {
  const project = await createProject(t, kind, { 'v1.sql': table('a') })
  await project.migrator.snapshot()
  await project.migrator.migrate()
  await project.query("INSERT INTO a (id, label) VALUES (1, 'then')")
  await project.migrator.backup()
  await project.query("INSERT INTO a (id, label) VALUES (2, 'since')")
  await project.write('v2.sql', table('b', 'v1'))
  await project.migrator.snapshot()
  await project.migrator.migrate({ backup: false })
  await project.query("INSERT INTO b (id, label) VALUES (1, 'new')")
  return project
}

const labels = async (project: Project): Promise<unknown[]> =>
  (await project.query('SELECT label FROM a ORDER BY id')).map(({ label }) => label)

const NOW = ['then', 'since']

for (const kind of databases) {
  const skip = kind.skip || (kind.hasBackupTools ? false : 'no backup tools for this version')
  describe(`restore on ${kind.name}`, { skip }, () => {
    test('the newest backup takes the place of the database, which is backed up first', async (t) => {
      const project = await backedUp(t, kind)
      const result = await project.migrator.restore(LATEST)
      assert.equal(result.outcome, 'done')
      assert.equal(result.proof, 'digest')
      assert.equal(result.version, 'v1')
      assert.deepEqual(result.pending, ['v2'])
      assert.deepEqual(result.findings, [])
      assert.deepEqual(await labels(project), ['then'])
      assert.deepEqual(await statuses(project), { v1: 'applied', v2: 'pending' })
      await assertTracked(project)
      const lost = result.changes.find(({ table }) => table.endsWith('a'))
      assert.deepEqual([lost?.now, lost?.backup], [2, 1])

      // the safety backup brings all of it back
      const { safety } = result
      assert.ok(safety !== null)
      await project.migrator.restore({ from: { file: safety } })
      assert.deepEqual(await labels(project), NOW)
      assert.deepEqual(await statuses(project), { v1: 'applied', v2: 'applied' })
      await assertTracked(project)
    })

    test('the log tells of it on both sides', async (t) => {
      const project = await backedUp(t, kind)
      const { safety } = await project.migrator.restore(LATEST)
      const restored = (await project.migrator.log()).map(({ event }) => event)
      assert.equal(restored[0], 'restored')
      assert.ok(!restored.includes('restore_started'))
      await project.migrator.restore({ from: { file: safety as string } })
      const replaced = (await project.migrator.log()).map(({ event }) => event)
      assert.deepEqual(replaced.slice(0, 2), ['restored', 'restore_started'])
    })

    test('a dry run says what would be lost and changes nothing', async (t) => {
      const project = await backedUp(t, kind)
      const log = await project.migrator.log()
      const result = await project.migrator.restore({ ...LATEST, dryRun: true })
      assert.equal(result.outcome, 'planned')
      assert.deepEqual(
        result.changes.map(({ table }) => table).filter((name) => !name.includes('schema_')),
        ['a', 'b'],
      )
      assert.deepEqual(await labels(project), NOW)
      assert.deepEqual(await project.migrator.log(), log)
    })

    test('a damaged, cut or empty backup is refused, and the database stays as it was', async (t) => {
      const project = await backedUp(t, kind)
      const [backup] = (await project.migrator.backups()).backups
      assert.ok(backup)
      const { file } = backup
      const whole = await readFile(file)
      const flipped = Buffer.from(whole)
      const at = whole.length >> 1
      flipped[at] = (flipped[at] ?? 0) ^ 1
      for (const bytes of [flipped, whole.subarray(0, whole.length - 200), Buffer.alloc(0)]) {
        await writeFile(file, bytes)
        await assert.rejects(project.migrator.restore({ from: { file } }), {
          code: 'BACKUP_DAMAGED',
        })
      }
      // without its manifest a file must prove itself
      const alone = join(project.folder, basename(file))
      await writeFile(alone, whole.subarray(0, whole.length - 200))
      await assert.rejects(project.migrator.restore({ from: { file: alone } }), {
        code: 'BACKUP_DAMAGED',
      })
      assert.deepEqual(await labels(project), NOW)
      await assertTracked(project)
    })

    test('a file without a manifest is restored once it has proved itself', async (t) => {
      const project = await backedUp(t, kind)
      const [backup] = (await project.migrator.backups()).backups
      const alone = join(project.folder, 'by-hand')
      await writeFile(alone, await readFile(backup?.file as string))
      const result = await project.migrator.restore({ from: { file: alone } })
      assert.equal(result.takenAt, null)
      assert.deepEqual(await labels(project), ['then'])
    })

    test('a compressed and encrypted backup is restored, and by nobody without the key', async (t) => {
      const project = await backedUp(t, kind)
      const keys = join(project.folder, 'master.key')
      await createKeyFile(keys)
      const env = { MIGRATE_MASTER_KEY_FILE: keys }
      const packed = await project.open(
        { backupCompression: 'zstd', backupEncryption: true },
        undefined,
        undefined,
        env,
      )
      const { file, manifest } = await packed.backup()
      assert.match(file, /\.zst\.age$/)
      assert.equal(manifest.encryption?.format, 'age')
      const bytes = await readFile(file)
      assert.ok(!bytes.includes('since'), 'nothing is readable')
      await project.query('DELETE FROM a')
      await assert.rejects(project.migrator.restore({ from: { file } }), {
        code: 'BACKUP_ENCRYPTED',
      })
      await packed.restore({ from: { file } })
      assert.deepEqual(await labels(project), NOW)
    })

    test('a backup of the other kind of database is refused', async (t) => {
      const project = await backedUp(t, kind)
      const other = join(project.folder, 'other')
      await writeFile(other, kind.dialect === 'sqlite' ? 'PGDMP\x01\x0e\x00' : SQLITE_HEAD)
      await assert.rejects(project.migrator.restore({ from: { file: other } }), {
        code: 'BACKUP_WRONG_DIALECT',
      })
    })

    test('nothing is left behind but the backups', async (t) => {
      const project = await backedUp(t, kind)
      await project.migrator.restore(LATEST)
      const names = await readdir(join(project.folder, 'backups/daily'))
      assert.ok(
        names.every((name) => /^backup_\d{8}_\d{6}(_\d+)?\.(db|dump)(\.json)?$/.test(name)),
        `${names}`,
      )
      assert.deepEqual((await project.migrator.verifyBackups()).findings, [])
    })

    test('a log whose newest entries were cut away is found by what the backups remember', async (t) => {
      const project = await backedUp(t, kind)
      await project.migrator.backup()
      await tamper(
        project,
        'DELETE FROM schema_migration_log WHERE seq = (SELECT MAX(seq) FROM schema_migration_log)',
      )
      const { findings } = await project.migrator.validate({ categories: ['tracking'] })
      assert.ok(findings.some(({ code }) => code === 'JOURNAL_CHAIN_BROKEN'))
    })

    test('without a backup the error says where it looked and what to do', async (t) => {
      const project = await createProject(t, kind, { 'v1.sql': table('a') })
      await project.migrator.migrate()
      await assert.rejects(project.migrator.restore(LATEST), (error: MigrateError) => {
        assert.equal(error.code, 'BACKUP_NOT_FOUND')
        assert.match(error.message, /backups/)
        assert.match(error.hint, /--backup-dir/)
        return true
      })
      await rm(join(project.folder, 'backups'), { recursive: true, force: true })
      assert.deepEqual((await project.migrator.backups()).backups, [])
    })
  })
}

const SQLITE_HEAD = Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.alloc(4080)])
