import assert from 'node:assert/strict'
import { readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { tempFolder } from '../../../../test/support/databases.ts'
import { readCatalogue } from '../../src/backup/catalogue/catalogue.ts'
import { manifestName } from '../../src/backup/catalogue/manifest.ts'
import { promote } from '../../src/backup/catalogue/promote.ts'
import { publishWithoutLinks } from '../../src/backup/files.ts'
import { otherDisk } from './other-disk.ts'
import { entry, findingCodes, makeBackup, namesIn, temporaryFile } from './support.ts'

test('a promoted backup is the same file under a second name', async (t) => {
  const folder = await tempFolder(t)
  const { file, manifest } = await makeBackup(folder)
  const promotion = await promote(folder, await entry(folder, manifest.id), 'weekly')
  assert.deepEqual(promotion, { outcome: 'done', file: join(folder, 'weekly', manifest.file) })
  assert.equal((await stat(promotion.file)).ino, (await stat(file)).ino)
  assert.equal((await stat(join(folder, 'weekly'))).mode & 0o777, 0o700)
  const beside = JSON.parse(await readFile(manifestName(promotion.file), 'utf8'))
  assert.deepEqual(beside, { ...manifest, tier: 'weekly' })
  assert.deepEqual(await findingCodes(folder), [])
})

test('a second promotion says that there is nothing to do', async (t) => {
  const folder = await tempFolder(t)
  const { manifest } = await makeBackup(folder)
  const before = await entry(folder, manifest.id)
  await promote(folder, before, 'weekly')
  const again = await promote(folder, await entry(folder, manifest.id), 'weekly')
  assert.equal(again.outcome, 'nothing')
  // asked with an entry that was read before
  assert.equal((await promote(folder, before, 'weekly')).file, again.file)
  assert.equal((await namesIn(folder)).length, 2)
})

test('where there can be no link the backup is copied and read again', async (t) => {
  const disk = await otherDisk(t)
  if (!disk) return
  const folder = await tempFolder(t)
  await symlink(disk, join(folder, 'monthly'))
  const { file, manifest } = await makeBackup(folder)
  const promotion = await promote(folder, await entry(folder, manifest.id), 'monthly')
  assert.deepEqual(await readFile(promotion.file), await readFile(file))
  assert.notEqual((await stat(promotion.file)).dev, (await stat(file)).dev)
  assert.equal((await stat(promotion.file)).mode & 0o777, 0o600)
  assert.deepEqual((await entry(folder, manifest.id)).tiers, ['daily', 'monthly'])
  assert.deepEqual(await findingCodes(folder), [])
})

test('a damaged backup is not promoted', async (t) => {
  const folder = await tempFolder(t)
  const { file, manifest } = await makeBackup(folder)
  const found = await entry(folder, manifest.id)
  await writeFile(file, Buffer.alloc(manifest.bytes))
  await assert.rejects(promote(folder, found, 'weekly'), { code: 'BACKUP_DAMAGED' })
  assert.deepEqual(await namesIn(folder), [`daily/${manifest.file}`])
})

test('a file in the way is left as it is', async (t) => {
  const folder = await tempFolder(t)
  const first = await makeBackup(folder, { at: '2026-11-21T10:00:00Z' })
  const { manifest } = await makeBackup(folder)
  await promote(folder, await entry(folder, first.manifest.id), 'weekly')
  const inTheWay = join(folder, 'weekly', manifest.file)
  await writeFile(inTheWay, 'precious', { mode: 0o600 })
  const found = await entry(folder, manifest.id)
  await assert.rejects(promote(folder, found, 'weekly'), { code: 'BACKUP_FAILED' })
  assert.equal(await readFile(inTheWay, 'utf8'), 'precious')
  assert.deepEqual(await findingCodes(folder), ['BACKUP_UNLISTED'])
  assert.deepEqual((await readCatalogue(folder)).findings, [])
})

test('without links a name is reserved before it is taken', async (t) => {
  const folder = await tempFolder(t)
  const target = join(folder, 'daily', 'backup_a.db')
  const first = await temporaryFile(folder, Buffer.from('first'))
  assert.equal(await publishWithoutLinks(first, target), true)
  const second = await temporaryFile(folder, Buffer.from('second'))
  assert.equal(await publishWithoutLinks(second, target), false)
  assert.equal(await readFile(target, 'utf8'), 'first')
  assert.deepEqual(await namesIn(folder), ['daily/backup_a.db', `daily/${basename(second)}`])
})
