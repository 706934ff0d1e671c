import assert from 'node:assert/strict'
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { type DatabaseKind, databases } from '../../../../test/support/databases.ts'
import type { Migrator } from '../../src/api.ts'
import { asPlainUser } from '../backup/plain-user.ts'
import { createProject, type Project, table } from './project.ts'

const [sqlite] = databases as [DatabaseKind]
/** Past the largest process id of any system. */
const GONE = 2 ** 30

const owned = (name: string, pid: number): string => `${name}.${hostname()}.${pid}.0123abcd`

interface Planted {
  readonly project: Project
  /** The folder that the database stands in. */
  readonly home: string
  /** What stands in all the places, but for the database itself. */
  left(): Promise<string[]>
}

/** A migrated database, and what runs of two processes have begun everywhere. */
async function planted(t: TestContext): Promise<Planted> {
  const project = await createProject(t, sqlite, { 'v1.sql': table('a') })
  await project.migrator.migrate()
  const file = project.url.slice('sqlite:///'.length)
  const home = dirname(file)
  const backups = join(project.folder, 'backups')
  for (const pid of [GONE, process.pid]) {
    for (const [folder, name] of [
      [join(backups, 'daily'), 'backup_20261122_100000'],
      [join(backups, 'weekly'), 'backup_20261122_100000.db.json'],
      [join(backups, 'v1-data'), 'archive_v1-data_20261122'],
      [backups, 'backup_restore'],
      [home, 'backup_restore'],
      [home, 'backup_20261122_100000'],
    ] as const) {
      await mkdir(folder, { recursive: true })
      await writeFile(join(folder, `${owned(name, pid)}.tmp`), 'hunter2')
    }
    await writeFile(join(home, `${owned('backup_20261122_100000', pid)}.tmp-journal`), 'hunter2')
    const restore = join(home, owned(`.${basename(file)}.restore`, pid))
    await mkdir(restore)
    await writeFile(join(restore, 'restored.db'), 'hunter2')
  }
  const left = async (): Promise<string[]> => {
    const names = [backups, home].map((folder) => readdir(folder, { recursive: true }))
    return (await Promise.all(names)).flat().filter((name) => name.includes(hostname()))
  }
  return { project, home, left }
}

const works = (migrator: Migrator, backup: boolean): Promise<{ outcome: 'nothing' }> =>
  migrator.work({ name: 'idle', needs: ['v1'], backup }, async () => ({ outcome: 'nothing' }))

describe('what killed processes left half written', { skip: sqlite.skip }, () => {
  test('goes with the next run, whether it takes a backup or not, and stays while one only looks', async (t) => {
    for (const backup of [false, true]) {
      const { project, left } = await planted(t)
      const { migrator } = project
      const before = await left()
      assert.equal(before.filter((name) => name.includes(`.${GONE}.`)).length, 9)
      await migrator.look({ name: 'idle', needs: ['v1'] }, async () => null)
      await migrator.status()
      assert.deepEqual(await left(), before)
      await works(migrator, backup)
      const ours = before.filter((name) => !name.includes(`.${GONE}.`))
      assert.deepEqual((await left()).sort(), ours.sort())
    }
  })

  test('is named where it cannot be removed, and keeps no run from its work', async (t) => {
    const { project, home, left } = await planted(t)
    const { migrator, events, folder } = project
    const weekly = join(folder, 'backups/weekly')
    await chmod(weekly, 0o500)
    await asPlainUser(home, async () => {})
    await asPlainUser(folder, async () => {
      await works(migrator, false)
    })
    await chmod(weekly, 0o700)
    assert.equal((await left()).filter((name) => name.includes(`.${GONE}.`)).length, 1)
    const findings = events.flatMap((event) => (event.type === 'finding' ? [event.finding] : []))
    assert.deepEqual(
      findings.map(({ code, at }) => [code, at?.file]),
      [['LEFTOVER', weekly]],
    )
  })
})
