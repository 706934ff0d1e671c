import assert from 'node:assert/strict'
import { chmod, mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { databases, tempFolder } from '../../../../test/support/databases.ts'
import { createProject, table } from './project.ts'

const BACKUP = /^backup_\d{8}_\d{6}(_\d+)?\.(db|dump)$/

for (const kind of databases) {
  const skip = kind.skip || (kind.hasBackupTools ? false : 'no backup tools for this version')
  describe(`backups before a run on ${kind.name}`, { skip }, () => {
    test('databases that share a folder never take the name of each other', async (t) => {
      const backupDir = join(await tempFolder(t), 'shared')
      const projects = await Promise.all(
        [1, 2, 3].map(() => createProject(t, kind, { 'v1.sql': table('a') })),
      )
      for (const { migrator } of projects) await migrator.migrate()
      for (const project of projects) await project.write('v2.sql', table('b'))
      const results = await Promise.all(
        projects.map(async (project) => (await project.open({ backupDir })).migrate()),
      )
      const files = results.map(({ backup }) => backup)
      assert.equal(new Set(files).size, projects.length)
      const names = (await readdir(join(backupDir, 'daily'))).filter(
        (name) => !name.endsWith('.json'),
      )
      assert.equal(names.length, projects.length)
      assert.ok(
        names.every((name) => BACKUP.test(name)),
        `${names}`,
      )
    })

    test('a backup and its folder are for their owner alone', async (t) => {
      const project = await createProject(t, kind, { 'v1.sql': table('a') })
      await project.migrator.migrate()
      await project.write('v2.sql', table('b'))
      const { backup } = await project.migrator.migrate()
      assert.equal((await stat(backup as string)).mode & 0o777, 0o600)
      assert.equal((await stat(join(project.folder, 'backups'))).mode & 0o777, 0o700)
    })

    test('a folder that cannot hold backups stops the run before anything changes', async (t) => {
      const project = await createProject(t, kind, { 'v1.sql': table('a') })
      await project.migrator.migrate()
      await project.write('v2.sql', table('b'))
      const taken = join(project.folder, 'taken')
      await writeFile(taken, '')
      const blocked = await project.open({ backupDir: taken })
      await assert.rejects(blocked.migrate(), { code: 'BACKUP_FAILED', message: /taken/ })
      assert.deepEqual((await project.migrator.status()).pending, ['v2'])

      if (process.getuid?.() === 0) return
      const closed = join(project.folder, 'closed')
      await mkdir(closed)
      await chmod(closed, 0o500)
      const shut = await project.open({ backupDir: closed })
      await assert.rejects(shut.migrate(), { code: 'BACKUP_FAILED', message: /closed/ })
    })
  })
}
