import assert from 'node:assert/strict'
import { readFile, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { type DatabaseKind, databases } from '../../../../test/support/databases.ts'
import type { MigrateError } from '../../src/errors.ts'
import { createProject, type Project, table } from './project.ts'

const LATEST = { from: { latest: true } } as const

interface Generations {
  readonly project: Project
  /** Backups of two generations, and what is live is a third one. */
  readonly older: string
  readonly newer: string
}

async function generations(t: TestContext, kind: DatabaseKind): Promise<Generations> {
  const project = await createProject(t, kind, { 'v1.sql': table('a') })
  await project.migrator.migrate()
  const files: string[] = []
  for (const label of ['first', 'second']) {
    await setLabel(project, label)
    files.push((await project.migrator.backup()).file)
  }
  await setLabel(project, 'live')
  const [older, newer] = files as [string, string]
  return { project, older, newer }
}

async function setLabel(project: Project, label: string): Promise<void> {
  await project.query('DELETE FROM a')
  await project.query('INSERT INTO a (id, label) VALUES (1, $1)', [label])
}

const labelOf = async (project: Project): Promise<unknown> =>
  (await project.query('SELECT label FROM a'))[0]?.label

async function exchange(one: string, other: string): Promise<void> {
  await rename(one, `${one}.x`)
  await rename(other, one)
  await rename(`${one}.x`, other)
}

const damages: Readonly<Record<string, (newer: string) => Promise<void>>> = {
  cut: (newer) => truncate(newer, 100),
  missing: (newer) => rm(newer),
  'without its manifest': (newer) => rm(`${newer}.json`),
  'with another manifest': async (newer) => {
    await writeFile(`${newer}.json`, `${await readFile(`${newer}.json`, 'utf8')} `)
  },
}

for (const kind of databases) {
  const skip = kind.skip || (kind.hasBackupTools ? false : 'no backup tools for this version')
  describe(`which backup is restored on ${kind.name}`, { skip }, () => {
    test('the newest one, and never what a restore replaced', async (t) => {
      const { project } = await generations(t, kind)
      for (let times = 0; times < 2; times++) {
        await project.migrator.restore(LATEST)
        assert.equal(await labelOf(project), 'second')
      }
    })

    // what is damaged is files, whatever database is in them
    const shown = Object.entries(damages).slice(0, kind.dialect === 'sqlite' ? undefined : 1)
    for (const [how, damage] of shown) {
      test(`never an older one without a word, where the newest is ${how}`, async (t) => {
        const { project, older, newer } = await generations(t, kind)
        await damage(newer)
        await assert.rejects(project.migrator.restore(LATEST), (error: MigrateError) => {
          assert.equal(error.code, 'BACKUP_DAMAGED')
          assert.ok(error.hint.includes(older), error.hint)
          return true
        })
        assert.equal(await labelOf(project), 'live')
        await project.migrator.restore({ from: { file: older } })
        assert.equal(await labelOf(project), 'first')
      })
    }

    test('none whose files were exchanged, with their manifests or without', async (t) => {
      const { project, older, newer } = await generations(t, kind)
      await exchange(older, newer)
      for (const file of [older, newer]) {
        await assert.rejects(project.migrator.restore({ from: { file } }), {
          code: 'BACKUP_DAMAGED',
        })
      }
      await exchange(`${older}.json`, `${newer}.json`)
      for (const file of [older, newer]) {
        await assert.rejects(project.migrator.restore({ from: { file } }), {
          code: 'BACKUP_DAMAGED',
        })
      }
      const moved = join(project.folder, 'renamed')
      await rename(older, moved)
      await rename(`${older}.json`, `${moved}.json`)
      await assert.rejects(project.migrator.restore({ from: { file: moved } }), {
        code: 'BACKUP_DAMAGED',
      })
      assert.equal(await labelOf(project), 'live')
    })

    test('where the index is lost, the backups that it listed are named', async (t) => {
      const { project, newer } = await generations(t, kind)
      await rm(join(dirname(dirname(newer)), 'index.jsonl'))
      await assert.rejects(project.migrator.restore(LATEST), (error: MigrateError) => {
        assert.equal(error.code, 'BACKUP_NOT_FOUND')
        assert.ok(error.hint.includes(newer), error.hint)
        return true
      })
      const { unlisted } = await project.migrator.backups()
      assert.equal(unlisted[0]?.file, newer)
      await project.migrator.restore({ from: { file: newer } })
      assert.equal(await labelOf(project), 'second')
    })

    test('one of another database says so, and is listed as such', async (t) => {
      const { project } = await generations(t, kind)
      const other = await generations(t, kind)
      const shared = await other.project.open({ backupDir: join(project.folder, 'backups') })
      const { backups, others } = await shared.backups()
      assert.equal(backups.length, 0)
      assert.equal(others.length, 2)
      const { file } = others[0] as (typeof others)[number]
      const planned = await shared.restore({ from: { file }, dryRun: true })
      assert.deepEqual(
        planned.findings.map(({ code }) => code),
        ['OTHER_DATABASE'],
      )
      await assert.rejects(shared.restore(LATEST), { code: 'BACKUP_NOT_FOUND' })
    })
  })
}
