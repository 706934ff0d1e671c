import assert from 'node:assert/strict'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { type DatabaseKind, databases } from '../../../../test/support/databases.ts'
import type { Migrator } from '../../src/api.ts'
import type { MigrateConfig } from '../../src/config/define.ts'
import { createKeyFile } from '../../src/keys/generate.ts'
import { createProject, type Project, table } from './project.ts'

interface Keyed {
  readonly project: Project
  /** The project, opened with a master key. */
  open(config?: Partial<MigrateConfig>): Promise<Migrator>
}

/** A table that holds a secret, and a key that nothing is encrypted for yet. */
async function withSecret(t: TestContext, kind: DatabaseKind): Promise<Keyed> {
  const project = await createProject(t, kind, { 'v1.sql': table('a') })
  await project.migrator.migrate()
  await project.query("INSERT INTO a (id, label) VALUES (1, 'hunter2')")
  const file = join(project.folder, 'master.key')
  await createKeyFile(file)
  const env = { MIGRATE_MASTER_KEY_FILE: file }
  return { project, open: (config) => project.open(config, undefined, undefined, env) }
}

const clearFiles = async (migrator: Migrator): Promise<string[]> =>
  (await migrator.unencryptedBackups()).map(({ file }) => file)

async function stored(project: Project): Promise<string[]> {
  const names = await readdir(join(project.folder, 'backups'), { recursive: true })
  return names.filter((name) => name.includes('backup_') && !name.endsWith('.json')).sort()
}

const allSound = async (migrator: Migrator): Promise<void> => {
  const { ok, backups, findings } = await migrator.verifyBackups()
  assert.deepEqual([...findings, ...backups.flatMap((backup) => backup.findings)], [])
  assert.ok(ok)
}

for (const kind of databases) {
  const skip = kind.skip || (kind.hasBackupTools ? false : 'no backup tools for this version')
  describe(`unencrypted backups on ${kind.name}`, { skip }, () => {
    test('they are encrypted in every tier, and restore to what they were', async (t) => {
      const { project, open } = await withSecret(t, kind)
      const first = await project.migrator.backup()
      await project.migrator.promoteBackup({ tier: 'weekly' })
      const packed = await project.open({ backupCompression: 'zstd' })
      const second = await packed.backup()
      await project.query('DELETE FROM a')
      const migrator = await open()
      const found = await migrator.unencryptedBackups()
      assert.deepEqual(
        found.map(({ file, tiers }) => [file, tiers]),
        [
          [second.file, ['daily']],
          [first.file, ['daily', 'weekly']],
        ],
      )
      const files = [basename(second.file), first.file]
      const { outcome, backups, findings } = await migrator.protectBackups({
        files,
        action: 'encrypt',
      })
      assert.deepEqual([outcome, findings], ['done', []])
      assert.deepEqual(backups, [
        { file: second.file, encrypted: `${second.file}.age` },
        { file: first.file, encrypted: `${first.file}.age` },
      ])
      assert.deepEqual(
        await stored(project),
        [
          `daily/${basename(first.file)}.age`,
          `daily/${basename(second.file)}.age`,
          `weekly/${basename(first.file)}.age`,
        ].sort(),
      )
      await allSound(migrator)
      assert.deepEqual(await clearFiles(migrator), [])

      const encrypted = (await migrator.backups()).backups
      const was = [second.manifest, first.manifest]
      for (const [at, { manifest }] of encrypted.entries()) {
        const { takenAt, reason, by, raw, content, schema, compression } = was[
          at
        ] as typeof manifest
        const facts = { takenAt, reason, by, raw, content, schema, compression }
        assert.deepEqual({ ...manifest, ...facts }, manifest)
        assert.equal(manifest.encryption?.format, 'age')
      }
      // those that are gone or encrypted already are passed over
      const names = [`${second.file}.age`]
      const again = await migrator.protectBackups({ files: names, action: 'encrypt' })
      assert.deepEqual(again, { outcome: 'nothing', backups: [], findings: [] })
      await migrator.restore({ from: { file: `${first.file}.age` } })
      assert.deepEqual(await project.query('SELECT label FROM a'), [{ label: 'hunter2' }])
    })

    test('they are deleted, but never the newest one that is verified', async (t) => {
      const { project, open } = await withSecret(t, kind)
      const old = await project.migrator.backup()
      const newest = await project.migrator.backup()
      const files = [old.file, newest.file]
      const migrator = await open({ backupEncryption: 'when-key' })
      const kept = await migrator.protectBackups({ files, action: 'delete' })
      assert.deepEqual(kept.backups, [{ file: old.file, encrypted: null }])
      assert.deepEqual(
        kept.findings.map(({ code, at }) => [code, at?.file]),
        [['REMOVAL_FAILED', newest.file]],
      )
      assert.deepEqual(await clearFiles(migrator), [newest.file])
      const { manifest } = await migrator.backup()
      assert.equal(manifest.encryption?.format, 'age')
      const rest = await migrator.protectBackups({ files: [newest.file], action: 'delete' })
      assert.deepEqual(rest.backups, [{ file: newest.file, encrypted: null }])
      assert.deepEqual(await stored(project), [`daily/${manifest.file}`])
      await allSound(migrator)
    })
  })
}

const [sqlite] = databases as [DatabaseKind]

describe('unencrypted backups that cannot be protected', { skip: sqlite.skip }, () => {
  test('a damaged one is named and stays, and the others are encrypted', async (t) => {
    const { project, open } = await withSecret(t, sqlite)
    const sound = await project.migrator.backup()
    const changed = await project.migrator.backup()
    const cut = await project.migrator.backup()
    const alone = join(project.folder, 'backups/daily/backup_by_hand.db')
    await writeFile(alone, await readFile(sound.file))
    const bytes = await readFile(changed.file)
    bytes[bytes.length - 1] = 1
    await writeFile(changed.file, bytes)
    await writeFile(cut.file, bytes.subarray(0, 4096))
    const migrator = await open()
    const files = await clearFiles(migrator)
    assert.deepEqual(files.toSorted(), [sound.file, changed.file, cut.file, alone].sort())
    const { backups, findings } = await migrator.protectBackups({
      files,
      action: 'encrypt',
    })
    assert.deepEqual(backups, [{ file: sound.file, encrypted: `${sound.file}.age` }])
    assert.deepEqual(
      findings.map(({ code, at }) => [code, at?.file]),
      [
        ['BACKUP_UNLISTED', alone],
        ['BACKUP_CUT', cut.file],
        ['BACKUP_DAMAGED', changed.file],
      ],
    )
    assert.ok((await stored(project)).every((name) => !name.endsWith('.tmp')))
  })

  test('damaged ones are deleted where that is asked for, and one that is encrypted is not', async (t) => {
    const { project, open } = await withSecret(t, sqlite)
    const [changed, cut, bare, replaced, sound] = [
      await project.migrator.backup(),
      await project.migrator.backup(),
      await project.migrator.backup(),
      await project.migrator.backup(),
      await project.migrator.backup(),
    ].map(({ file }) => file) as [string, string, string, string, string]
    const bytes = await readFile(changed)
    bytes[bytes.length - 1] = 1
    await writeFile(changed, bytes)
    await writeFile(cut, bytes.subarray(0, 4096))
    await rm(`${bare}.json`)
    await writeFile(replaced, Buffer.concat([Buffer.from('age-encryption.org/v1\n'), bytes]))
    const migrator = await open()
    const files = [changed, cut, bare, replaced, sound]
    const { backups, findings } = await migrator.protectBackups({ files, action: 'delete' })
    assert.deepEqual(backups.map(({ file }) => file).sort(), [changed, cut, bare].sort())
    assert.deepEqual(
      findings.map(({ code, at }) => [code, at?.file]),
      [
        ['BACKUP_DAMAGED', replaced],
        ['REMOVAL_FAILED', sound],
      ],
    )
    assert.deepEqual(
      await stored(project),
      [replaced, sound].map((file) => `daily/${basename(file)}`),
    )
    assert.deepEqual(await clearFiles(migrator), [sound])
    // the newest one does not count where it is damaged
    await writeFile(sound, bytes)
    const rest = await migrator.protectBackups({ files: [sound], action: 'delete' })
    assert.deepEqual(rest.backups, [{ file: sound, encrypted: null }])
    assert.deepEqual(rest.findings, [])
  })

  test('without a key, for an unknown file and for another database nothing is done', async (t) => {
    const { project, open } = await withSecret(t, sqlite)
    const { file } = await project.migrator.backup()
    const protect = async (name: string, migrator: Migrator) =>
      migrator.protectBackups({ files: [name], action: 'encrypt' })
    await assert.rejects(protect(file, project.migrator), { code: 'KEY_MISSING' })
    const migrator = await open()
    await assert.rejects(protect('backup_none.db', migrator), { code: 'BACKUP_NOT_FOUND' })
    const other = await open({ databaseUrl: `sqlite:///${join(project.folder, 'other.db')}` })
    await other.migrate()
    await assert.rejects(protect(file, other), { code: 'BACKUP_NOT_FOUND', message: /another/ })
    assert.deepEqual(await clearFiles(migrator), [file])
  })

  test("with 'when-key' a backup is encrypted where a key is set, and clear where none is", async (t) => {
    const { project, open } = await withSecret(t, sqlite)
    const backupEncryption = 'when-key'
    const clear = await (await project.open({ backupEncryption })).backup()
    assert.equal(clear.manifest.encryption, null)
    const sealed = await (await open({ backupEncryption })).backup()
    assert.equal(sealed.manifest.encryption?.format, 'age')
    const env = { MIGRATE_MASTER_KEY_FILE: join(project.folder, 'gone.key') }
    const lost = await project.open({ backupEncryption }, undefined, undefined, env)
    await assert.rejects(lost.backup(), { code: 'KEY_MISSING' })
  })
})
