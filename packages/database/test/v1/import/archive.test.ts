import assert from 'node:assert/strict'
import { appendFileSync, cpSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { importV1 } from '../../../src/v1/import/import.ts'
import { available, CHEAP, DEMO, importScene } from './scene.ts'

const sqlite = available.filter(({ dialect }) => dialect === 'sqlite')

for (const kind of sqlite) {
  test('an archive that was altered is made anew, with a warning; a sound one is not', async (t) => {
    const scene = await importScene(t, kind)
    const run = async () => (await scene.import(DEMO, { archive: true })).archive
    const first = await run()
    assert.ok(first)
    assert.equal(await run(), first)
    appendFileSync(first, 'x')
    const second = await run()
    assert.ok(second)
    const warned = JSON.stringify(scene.events.filter(({ type }) => type === 'finding'))
    assert.match(warned, /BACKUP_DAMAGED/)
    assert.match(warned, /is not what its manifest says/)
  })

  test("the database and the backups may not lie in V1's directory", async (t) => {
    const scene = await importScene(t, kind)
    cpSync(DEMO, join(scene.folder, 'users-of-v1'), { recursive: true })
    const v1Data = join(scene.folder, 'users-of-v1')
    const refused = async (config: object, message: RegExp) =>
      assert.rejects(importV1(await scene.migrator({ config }), { v1Data, cost: CHEAP }), {
        code: 'USAGE',
        message,
      })
    await refused({ backupDir: join(v1Data, 'backups', 'new') }, /^The folder of the backups lies/)
    cpSync(join(scene.folder, 'test.db'), join(v1Data, 'v2.db'))
    await refused({ databaseUrl: `sqlite:///${join(v1Data, 'v2.db')}` }, /^The database lies/)
  })
}
