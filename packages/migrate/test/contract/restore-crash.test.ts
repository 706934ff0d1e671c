import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { type DatabaseKind, databases } from '../../../../test/support/databases.ts'
import { startNode } from '../../../../test/support/process.ts'
import { assertTracked, createProject, type Project, table } from './project.ts'

const CHILD = join(import.meta.dirname, 'crash-child.ts')

const labels = async (project: Project): Promise<string> =>
  (await project.query('SELECT label FROM a ORDER BY id')).map(({ label }) => label).join()

async function killAt(
  t: TestContext,
  kind: DatabaseKind,
  verb: 'backup' | 'restore',
  place: string,
): Promise<Project> {
  const project = await createProject(t, kind, { 'v1.sql': table('a') })
  await project.migrator.migrate()
  await project.query("INSERT INTO a (id, label) VALUES (1, 'then')")
  await project.migrator.backup()
  await project.query("INSERT INTO a (id, label) VALUES (2, 'since')")
  const child = startNode([CHILD, JSON.stringify(project.config()), place, verb])
  await child.printed('here')
  await child.kill('SIGKILL')
  return project
}

const places = {
  backup: ['backup.progress copy', 'backup.progress check', 'backup.finished'],
  restore: [
    'restore.progress read',
    'restore.progress restore',
    'restore.progress check',
    'restore.progress swap',
    'backup.progress copy',
    'backup.finished',
    'after swap 1',
    'restore.finished',
  ],
} as const

for (const kind of databases) {
  const skip = kind.skip || (kind.hasBackupTools ? false : 'no backup tools for this version')
  describe(`SIGKILL in a backup or a restore on ${kind.name}`, { skip }, () => {
    // SQLite's plain copy is read through in its check
    const reads = kind.dialect === 'postgres' ? ['backup.progress read'] : []
    for (const place of [...places.backup, ...reads]) {
      test(`backup, at ${place}: the database is untouched, and the next backup is sound`, async (t) => {
        const project = await killAt(t, kind, 'backup', place)
        assert.equal(await labels(project), 'then,since')
        await project.migrator.backup()
        const { ok, findings } = await project.migrator.verifyBackups()
        assert.ok(ok, JSON.stringify(findings))
        await assertTracked(project)
      })
    }

    for (const place of places.restore) {
      test(`restore, at ${place}: the database is the old one or the new one, and the next restore works`, async (t) => {
        const project = await killAt(t, kind, 'restore', place)
        const after = place === 'after swap 1' || place === 'restore.finished'
        assert.equal(await labels(project), after ? 'then' : 'then,since')
        await assertTracked(project)
        const { backups } = await project.migrator.backups()
        const oldest = backups.at(-1)?.file as string
        const result = await project.migrator.restore({ from: { file: oldest }, force: true })
        assert.equal(result.proof, 'digest')
        assert.equal(await labels(project), 'then')
        const { ok, findings } = await project.migrator.verifyBackups()
        assert.ok(ok, JSON.stringify(findings))
      })
    }
  })
}
