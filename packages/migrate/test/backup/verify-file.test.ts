import assert from 'node:assert/strict'
import { copyFile, mkdir, rename, truncate, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { test } from 'node:test'
import { tempFolder } from '../../../../test/support/databases.ts'
import { manifestName } from '../../src/backup/catalogue/manifest.ts'
import { promote } from '../../src/backup/catalogue/promote.ts'
import { verifyCatalogue } from '../../src/backup/catalogue/verify.ts'
import { entry, makeBackup } from './support.ts'

test('one backup is found by its path, absolute or relative, or by its bare name', async (t) => {
  const folder = await tempFolder(t)
  const { file, manifest } = await makeBackup(folder)
  await makeBackup(folder, { at: '2026-11-21T10:00:00Z' })
  const names = [file, relative(process.cwd(), file), `daily/${manifest.file}`, manifest.file]
  for (const name of names) {
    const { backups, findings } = await verifyCatalogue({ folder, file: name })
    assert.deepEqual(
      backups.map(({ id, ok }) => [id, ok]),
      [[manifest.id, true]],
      name,
    )
    assert.deepEqual(findings, [])
  }
})

test('a bare name stands for the backup in all of its tiers', async (t) => {
  const folder = await tempFolder(t)
  const { file, manifest } = await makeBackup(folder)
  await promote(folder, await entry(folder, manifest.id), 'weekly')
  await truncate(file, 10)
  const { backups } = await verifyCatalogue({ folder, file: manifest.file })
  assert.deepEqual(
    backups[0]?.findings.map(({ message }) => message.split(' is ')[0]),
    [`The backup daily/${manifest.file}`, `The backup weekly/${manifest.file}`],
  )
})

test('a name that nothing has is refused', async (t) => {
  const folder = await tempFolder(t)
  await makeBackup(folder)
  await assert.rejects(verifyCatalogue({ folder, file: 'backup_none.db' }), {
    code: 'BACKUP_NOT_FOUND',
  })
})

test('a listed backup that is missing is found by its name, and where it is now', async (t) => {
  const folder = await tempFolder(t)
  const { file, manifest } = await makeBackup(folder)
  await rename(file, join(folder, 'daily', 'elsewhere.db'))
  const { backups } = await verifyCatalogue({ folder, file })
  assert.deepEqual(
    backups.map(({ id, ok, findings }) => [id, ok, findings[0]?.code]),
    [[manifest.id, false, 'BACKUP_RENAMED']],
  )
})

test('a copy outside the folder is compared with the manifest beside it', async (t) => {
  const folder = await tempFolder(t)
  const { file, manifest } = await makeBackup(folder)
  const copy = join(folder, 'far', 'copy.db')
  await mkdir(join(folder, 'far'))
  await copyFile(file, copy)
  const verify = async () => (await verifyCatalogue({ folder, file: copy })).backups[0]
  assert.equal((await verify())?.findings[0]?.code, 'MANIFEST_MISSING')
  await copyFile(manifestName(file), manifestName(copy))
  assert.deepEqual([(await verify())?.ok, (await verify())?.id], [true, manifest.id])
  await writeFile(copy, Buffer.alloc(5000))
  assert.equal((await verify())?.findings[0]?.code, 'BACKUP_DAMAGED')
  await truncate(copy, 10)
  assert.equal((await verify())?.findings[0]?.code, 'BACKUP_CUT')
})

test('a further test runs on what was found whole only, and its findings count', async (t) => {
  const folder = await tempFolder(t)
  const sound = await makeBackup(folder)
  const cut = await makeBackup(folder, { at: '2026-11-21T10:00:00Z' })
  await truncate(cut.file, 10)
  const tested: string[] = []
  const { backups } = await verifyCatalogue({
    folder,
    async test({ id }, file) {
      tested.push(id)
      const message = `${file} cannot be restored`
      return [{ code: 'RESTORE_FAILED', severity: 'error', message }]
    },
  })
  assert.deepEqual(tested, [sound.manifest.id])
  const found = backups.find(({ id }) => id === sound.manifest.id)
  assert.deepEqual([found?.ok, found?.findings[0]?.code], [false, 'RESTORE_FAILED'])
})
