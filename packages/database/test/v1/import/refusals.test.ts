import assert from 'node:assert/strict'
import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { RunEvent } from '@fossawork/migrate'
import { testDatabase } from '../../../../../test/support/databases.ts'
import { masterKey } from '../../../src/config.ts'
import { type ImportOptions, importV1 } from '../../../src/v1/import/import.ts'
import { BIN, oneOfEach, SECOND_KEY, writeKeyFile } from '../../credentials/scene.ts'
import { connect } from '../../support/connect.ts'
import { contentOf, rawContent, rowCounts } from './content.ts'
import { CHEAP, DEMO, importScene, type Scene, type SceneMigratorOptions } from './scene.ts'
import { ANA, at, type V1, v1 } from './small-tree.ts'

interface Refusal {
  readonly code: string
  readonly options?: Partial<ImportOptions>
  readonly migrator?: SceneMigratorOptions
}

/** The import is refused, and so is its dry run; nothing was written, no backup and no archive. */
async function assertRefused(scene: Scene, { code, options, migrator }: Refusal): Promise<void> {
  const before = await rawContent(scene)
  for (const dryRun of [true, false]) {
    const config = {
      ...(scene.hasBackupTools && { backup: 'required' as const }),
      ...migrator?.config,
    }
    const opened = await scene.migrator({ ...migrator, config })
    await assert.rejects(importV1(opened, { v1Data: DEMO, cost: CHEAP, ...options, dryRun }), {
      code,
    })
  }
  assert.deepEqual(await rawContent(scene), before, code)
  assert.equal(existsSync(scene.backupDir), false, 'there is nothing to make a backup for')
}

for (const kind of oneOfEach) {
  describe(`an import on ${kind.name} is refused`, { skip: kind.skip }, () => {
    test('without the master key, or with another one than the earlier imports had', async (t) => {
      const scene = await importScene(t, kind)
      await assertRefused(scene, { code: 'KEY_MISSING', migrator: { env: {} } })
      await scene.import(DEMO)
      const other = await writeKeyFile(join(scene.folder, 'other.key'), SECOND_KEY)
      const env = { [masterKey.file]: other }
      await assertRefused(scene, { code: 'KEY_MISSING', migrator: { env } })
    })

    test('by a database that is not at the version it needs', async (t) => {
      const scene = await importScene(t, kind)
      const databaseUrl = await testDatabase(t, kind)
      await (await connect(t, databaseUrl)).query('CREATE TABLE somebodys (id INTEGER)')
      await assertRefused(scene, { code: 'NOT_APPLIED', migrator: { config: { databaseUrl } } })
      const migrator = await scene.migrator()
      await migrator.rollback({ version: 'v001_initial_schema', withDependents: true, force: true })
      await assertRefused(scene, { code: 'NOT_APPLIED' })
    })

    test("where V1's directory is none", async (t) => {
      const scene = await importScene(t, kind)
      const empty = join(scene.folder, 'empty')
      mkdirSync(empty)
      for (const v1Data of [join(scene.folder, 'missing'), scene.keyFile, empty]) {
        await assertRefused(scene, { code: 'IMPORT_SOURCE_NOT_FOUND', options: { v1Data } })
      }
    })

    test('for a user whom V1 does not have', async (t) => {
      const scene = await importScene(t, kind)
      const options = { users: ['nobody@example.com'] }
      await assertRefused(scene, { code: 'IMPORT_USER_UNKNOWN', options })
    })

    test('while another run holds the lock, and lets no other one in itself', async (t) => {
      const scene = await importScene(t, kind)
      const config = { lockWaitMs: 0 }
      const holder = await scene.migrator()
      await holder.work({ name: 'another', needs: [] }, async () => {
        const migrator = await scene.migrator({ config })
        await assert.rejects(importV1(migrator, { v1Data: DEMO }), { code: 'LOCK_TIMEOUT' })
        return { outcome: 'done' }
      })
      let another: SpawnSyncReturns<string> | undefined
      const tryAnother = (): void => {
        const args = [BIN, 'import-v1', '--v1-data', DEMO, '--no-backup', '--wait', '0']
        const more = { DATABASE_URL: scene.url, [masterKey.file]: scene.keyFile }
        const env = { ...process.env, ...more }
        another = spawnSync(process.execPath, args, { env, encoding: 'utf8', cwd: scene.folder })
      }
      const migrator = await scene.migrator({ on: once(isImporting, tryAnother) })
      await importV1(migrator, { v1Data: DEMO, cost: CHEAP, archive: false })
      assert.equal(another?.status, 4, another?.stderr)
      assert.match(another.stderr, /LOCK_TIMEOUT/)
    })

    for (const [phase, what] of [
      ['archiving V1', 'archived'],
      ['importing', 'imported'],
    ] as const) {
      test(`where V1 writes while its directory is ${what}, and goes on once V1 has stopped`, async (t) => {
        await assertSeesChange(await importScene(t, kind), await v1(t), phase)
      })
    }
  })
}

/** The last user's file is still to be read by then, and the first file has been read already. */
async function assertSeesChange(scene: Scene, { directory, change }: V1, phase: string) {
  for (const file of ['users/users.json', at(ANA, 'work_fossa_credentials.json')]) {
    const again = readFileSync(join(directory, file), 'utf8')
    const isPhase = (event: RunEvent) => event.type === 'work.progress' && event.phase === phase
    const on = once(isPhase, () => change({ [file]: again }))
    const options = { v1Data: directory, cost: CHEAP, archive: phase === 'archiving V1' }
    await assert.rejects(importV1(await scene.migrator({ on }), options), {
      code: 'IMPORT_SOURCE_CHANGED',
      message: new RegExp(file.slice(-12)),
    })
  }
  const statuses = await scene.query('SELECT status FROM v1_imports').catch(() => [])
  assert.ok(statuses.every(({ status }) => status !== 'done'))
  const done = await scene.import(directory)
  const fresh = await scene.import(directory)
  assert.deepEqual([done.report.totals.conflict, fresh.report.totals.imported], [0, 0])
  assert.equal(rowCounts(await contentOf(scene)).work_orders, 3)
}

const isImporting = (event: RunEvent): boolean =>
  event.type === 'work.progress' && event.phase === 'importing'

/** Does it at the first such event, and at no other. */
function once(isMeant: (event: RunEvent) => boolean, act: () => void): (event: RunEvent) => void {
  let isDone = false
  return (event) => {
    if (isDone || !isMeant(event)) return
    isDone = true
    act()
  }
}
