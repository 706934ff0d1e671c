import assert from 'node:assert/strict'
import { chmod, rename, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { tempFolder } from '../../../../test/support/databases.ts'
import { readCatalogue } from '../../src/backup/catalogue/catalogue.ts'
import { type CleanupOptions, cleanUp } from '../../src/backup/catalogue/cleanup.ts'
import { INDEX_NAME } from '../../src/backup/catalogue/index-file.ts'
import { promote } from '../../src/backup/catalogue/promote.ts'
import { KEEP_DEFAULTS } from '../../src/config/define.ts'
import { asPlainUser } from './plain-user.ts'
import { BIRDS, entry, findingCodes, makeBackup, namesIn, PETS } from './support.ts'

const ONE_DAY = { daily: 1, weekly: 0, monthly: 0, runs: 0 }
const now = new Date('2026-11-23T12:00:00Z')
const really: CleanupOptions = { dryRun: false, now }

test('what the rotation does not keep is removed oldest first, and the rest says why it stays', async (t) => {
  const folder = await tempFolder(t)
  for (const day of ['20', '22', '21']) await makeBackup(folder, { at: `2026-11-${day}T10:00:00Z` })
  const told: [string, number][] = []
  const { kept, removed, findings } = await cleanUp(folder, PETS, ONE_DAY, {
    ...really,
    onRemoved: (file, bytes) => told.push([basename(file), bytes]),
  })
  assert.deepEqual(findings, [])
  assert.deepEqual(told, [
    ['backup_20261120_100000.db', 5000],
    ['backup_20261121_100000.db', 5000],
  ])
  assert.deepEqual(
    removed.map(({ file }) => basename(file)),
    told.map(([file]) => file),
  )
  assert.deepEqual(
    kept.map(({ file, reasons }) => [basename(file), reasons]),
    [['backup_20261122_100000.db', ['newest verified', 'newest of 2026-11-22']]],
  )
  assert.deepEqual(await namesIn(folder), ['daily/backup_20261122_100000.db'])
  assert.deepEqual(await findingCodes(folder), [])
})

test('a dry run says the same and removes nothing', async (t) => {
  const folder = await tempFolder(t)
  await makeBackup(folder)
  const { manifest } = await makeBackup(folder, { at: '2026-11-01T10:00:00Z' })
  await promote(folder, await entry(folder, manifest.id), 'monthly')
  const before = await namesIn(folder)
  const planned = await cleanUp(folder, PETS, ONE_DAY, { dryRun: true, now })
  assert.deepEqual(await namesIn(folder), before)
  assert.deepEqual(await cleanUp(folder, PETS, ONE_DAY, really), planned)
  // two names of one file free its bytes once
  assert.deepEqual(
    planned.removed.map(({ tier, bytes }) => [tier, bytes]),
    [
      ['monthly', 0],
      ['daily', 5000],
    ],
  )
})

test("another database's backups are never touched", async (t) => {
  const folder = await tempFolder(t)
  await makeBackup(folder)
  for (const day of ['01', '02', '03']) {
    await makeBackup(folder, { at: `2026-11-${day}T10:00:00Z`, database: BIRDS })
  }
  assert.deepEqual((await cleanUp(folder, PETS, ONE_DAY, really)).removed, [])
  assert.equal((await namesIn(folder)).length, 4)
})

test('a damaged newest backup does not push out a sound one', async (t) => {
  const folder = await tempFolder(t)
  const { file } = await makeBackup(folder)
  await makeBackup(folder, { at: '2026-11-21T10:00:00Z' })
  await makeBackup(folder, { at: '2026-11-20T10:00:00Z' })
  await writeFile(file, Buffer.alloc(5000))
  const { removed, findings } = await cleanUp(folder, PETS, ONE_DAY, really)
  assert.deepEqual(
    removed.map(({ file }) => basename(file)),
    ['backup_20261120_100000.db'],
  )
  assert.deepEqual(
    findings.map(({ code }) => code),
    ['BACKUP_DAMAGED'],
  )
})

test('a file that is not what the index lists is left alone', async (t) => {
  const folder = await tempFolder(t)
  await makeBackup(folder)
  const a = await makeBackup(folder, { at: '2026-11-20T10:00:00Z' })
  const b = await makeBackup(folder, { at: '2026-11-22T11:00:00Z' })
  // the newest one's contents stand under an old name
  await rename(a.file, `${a.file}.x`)
  await rename(b.file, a.file)
  await rename(`${a.file}.x`, b.file)
  const { removed, findings } = await cleanUp(folder, PETS, ONE_DAY, really)
  assert.deepEqual(removed, [])
  assert.deepEqual(
    findings.map(({ code }) => code),
    ['BACKUP_DAMAGED', 'REMOVAL_FAILED'],
  )
  assert.equal((await namesIn(folder)).length, 3)
})

test('a file that cannot be removed is told, the others go, and it still counts', async (t) => {
  const folder = await tempFolder(t)
  await makeBackup(folder)
  const { manifest } = await makeBackup(folder, { at: '2026-11-10T10:00:00Z' })
  await promote(folder, await entry(folder, manifest.id), 'weekly')
  const weekly = join(folder, 'weekly')
  await chmod(weekly, 0o500)
  await asPlainUser(folder, async () => {
    const { removed, findings } = await cleanUp(folder, PETS, ONE_DAY, really)
    assert.deepEqual(
      removed.map(({ tier, bytes }) => [tier, bytes]),
      [['daily', 0]],
    )
    assert.deepEqual(
      findings.map(({ code, at }) => [code, at?.file]),
      [['REMOVAL_FAILED', join(weekly, manifest.file)]],
    )
    assert.deepEqual((await entry(folder, manifest.id)).tiers, ['weekly'])
    assert.deepEqual(await findingCodes(folder), [])
    await chmod(weekly, 0o700)
    const { removed: later } = await cleanUp(folder, PETS, ONE_DAY, really)
    assert.deepEqual(
      later.map(({ tier, bytes }) => [tier, bytes]),
      [['weekly', 5000]],
    )
  })
})

test('nothing is removed while the index cannot be written', async (t) => {
  const folder = await tempFolder(t)
  await makeBackup(folder)
  await makeBackup(folder, { at: '2026-11-10T10:00:00Z' })
  await chmod(join(folder, INDEX_NAME), 0o400)
  await asPlainUser(folder, () =>
    assert.rejects(cleanUp(folder, PETS, ONE_DAY, really), { code: 'PERMISSION_DENIED' }),
  )
  assert.equal((await namesIn(folder)).length, 2)
})

test('with nothing but old backups the newest stays', async (t) => {
  const folder = await tempFolder(t)
  await makeBackup(folder, { at: '2001-01-01T10:00:00Z' })
  await makeBackup(folder, { at: '2002-01-01T10:00:00Z' })
  await cleanUp(folder, PETS, { daily: 0, weekly: 0, monthly: 0, runs: 1 }, really)
  assert.deepEqual(await namesIn(folder), ['daily/backup_20020101_100000.db'])
})

test('backups of 120 days come down to what the defaults promise', async (t) => {
  const folder = await tempFolder(t)
  for (let day = 0; day < 120; day++) {
    const at = new Date(Date.parse('2026-11-22T12:00:00Z') - day * 86_400_000).toISOString()
    await makeBackup(folder, { at, contents: Buffer.from(`day ${day}`) })
  }
  await cleanUp(folder, PETS, KEEP_DEFAULTS, really)
  const { entries } = await readCatalogue(folder)
  assert.deepEqual(
    entries.map(({ manifest }) => manifest.takenAt.slice(0, 10)),
    // seven days, the Sundays of three more weeks, the last days of four more months
    [
      ...['2026-11-22', '2026-11-21', '2026-11-20', '2026-11-19', '2026-11-18', '2026-11-17'],
      ...['2026-11-16', '2026-11-15', '2026-11-08', '2026-11-01'],
      ...['2026-10-31', '2026-09-30', '2026-08-31', '2026-07-31'],
    ],
  )
})
