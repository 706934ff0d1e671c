import assert from 'node:assert/strict'
import { chmod, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { tempFolder } from '../../../../test/support/databases.ts'
import { entriesOf, readCatalogue } from '../../src/backup/catalogue/catalogue.ts'
import { INDEX_NAME } from '../../src/backup/catalogue/index-file.ts'
import { manifestName } from '../../src/backup/catalogue/manifest.ts'
import { mendCatalogue } from '../../src/backup/catalogue/mend.ts'
import { promote } from '../../src/backup/catalogue/promote.ts'
import { asPlainUser } from './plain-user.ts'
import { BIRDS, entry, findingCodes, makeBackup, PETS } from './support.ts'

test('a missing folder is an empty catalogue', async (t) => {
  const folder = join(await tempFolder(t), 'nowhere')
  assert.deepEqual(await readCatalogue(folder), { folder, entries: [], findings: [], unusable: [] })
  assert.deepEqual(await mendCatalogue(folder, PETS), [])
})

test('entries come newest first, one a backup, with the files of each tier', async (t) => {
  const folder = await tempFolder(t)
  const old = await makeBackup(folder, { at: '2026-11-20T10:00:00Z' })
  const young = await makeBackup(folder, { at: '2026-11-22T10:00:00Z' })
  await promote(folder, await entry(folder, old.manifest.id), 'monthly')
  const { entries, findings } = await readCatalogue(folder)
  assert.deepEqual(findings, [])
  assert.deepEqual(
    entries.map(({ file, tiers, files }) => ({ file, tiers, files })),
    [
      { file: young.file, tiers: ['daily'], files: { daily: young.file } },
      {
        file: old.file,
        tiers: ['daily', 'monthly'],
        files: { daily: old.file, monthly: join(folder, 'monthly', old.manifest.file) },
      },
    ],
  )
})

test('two databases share a folder, and each finds its own newest', async (t) => {
  const folder = await tempFolder(t)
  const pets = await makeBackup(folder, { at: '2026-11-20T10:00:00Z' })
  const birds = await makeBackup(folder, { at: '2026-11-22T10:00:00Z', database: BIRDS })
  const catalogue = await readCatalogue(folder)
  assert.equal(entriesOf(catalogue, PETS)[0]?.manifest.id, pets.manifest.id)
  assert.equal(entriesOf(catalogue, BIRDS)[0]?.manifest.id, birds.manifest.id)
  assert.equal(entriesOf(catalogue, PETS).length, 1)
})

test('a second backup in one second gets a name of its own', async (t) => {
  const folder = await tempFolder(t)
  const files = await Promise.all([1, 2, 3].map(() => makeBackup(folder)))
  assert.deepEqual(files.map(({ file }) => basename(file)).sort(), [
    'backup_20261122_100000.db',
    'backup_20261122_100000_2.db',
    'backup_20261122_100000_3.db',
  ])
  assert.equal((await readCatalogue(folder)).entries.length, 3)
  for (const { file, manifest } of files) assert.equal(manifest.file, basename(file))
})

test('a name that another file has is never taken', async (t) => {
  const folder = await tempFolder(t)
  const { file: first } = await makeBackup(folder, { at: '2026-11-20T10:00:00Z' })
  const taken = join(folder, 'daily', 'backup_20261122_100000.db')
  await writeFile(taken, 'precious')
  const { file } = await makeBackup(folder)
  assert.equal(basename(file), 'backup_20261122_100000_2.db')
  assert.equal(await readFile(taken, 'utf8'), 'precious')
  assert.notEqual(first, file)
  await assert.rejects(stat(manifestName(taken)), { code: 'ENOENT' })
})

test('what is missing, cut or without its manifest is a finding and no entry', async (t) => {
  const folder = await tempFolder(t)
  const made = []
  for (const day of [1, 2, 3, 4, 5]) {
    made.push(await makeBackup(folder, { at: `2026-11-0${day}T10:00:00Z` }))
  }
  const [gone, cut, bare, altered, sound] = made.map(({ file }) => file) as [string, ...string[]]
  await rm(gone)
  await truncate(cut as string, 100)
  await rm(manifestName(bare as string))
  const manifest = manifestName(altered as string)
  await writeFile(manifest, (await readFile(manifest, 'utf8')).replace('pets', 'bats'))
  const { entries, findings } = await readCatalogue(folder)
  assert.deepEqual(
    findings.map(({ code }) => code),
    ['BACKUP_MISSING', 'BACKUP_CUT', 'MANIFEST_MISSING', 'MANIFEST_ALTERED'],
  )
  assert.deepEqual(
    entries.map(({ file }) => file),
    [sound],
  )
})

test('a backup stays an entry while it is whole in one tier', async (t) => {
  const folder = await tempFolder(t)
  const { file, manifest } = await makeBackup(folder)
  await promote(folder, await entry(folder, manifest.id), 'weekly')
  await rm(file)
  const { tiers, file: left } = await entry(folder, manifest.id)
  assert.deepEqual([tiers, left], [['weekly'], join(folder, 'weekly', manifest.file)])
})

test('an index that was lost is made again from what is whole, a database at a time', async (t) => {
  const folder = await tempFolder(t)
  const pets = await makeBackup(folder)
  await promote(folder, await entry(folder, pets.manifest.id), 'weekly')
  const birds = await makeBackup(folder, { at: '2026-11-21T10:00:00Z', database: BIRDS })
  const damaged = await makeBackup(folder, { at: '2026-11-20T10:00:00Z' })
  await writeFile(damaged.file, Buffer.alloc(5000))
  await rm(join(folder, INDEX_NAME))
  const mended = await mendCatalogue(folder, PETS)
  assert.deepEqual(
    mended.map(({ code }) => code),
    ['BACKUP_MENDED', 'BACKUP_MENDED'],
  )
  const { entries } = await readCatalogue(folder)
  assert.deepEqual(
    entries.map(({ manifest, tiers }) => [manifest.id, tiers]),
    [[pets.manifest.id, ['daily', 'weekly']]],
  )
  await mendCatalogue(folder, BIRDS)
  assert.equal((await entry(folder, birds.manifest.id)).tiers.length, 1)
  assert.deepEqual(await findingCodes(folder), ['BACKUP_UNLISTED'])
})

test('a damaged line of the index is told, and the next run takes its backup in again', async (t) => {
  const folder = await tempFolder(t)
  const { manifest } = await makeBackup(folder)
  await makeBackup(folder, { at: '2026-11-21T10:00:00Z' })
  const index = join(folder, INDEX_NAME)
  await writeFile(index, (await readFile(index, 'utf8')).replace(manifest.sha256, 'f'.repeat(64)))
  assert.deepEqual(await findingCodes(folder), ['BACKUP_UNLISTED', 'INDEX_DAMAGED'])
  await mendCatalogue(folder, PETS)
  assert.deepEqual(await findingCodes(folder), [])
  assert.equal((await readCatalogue(folder)).entries.length, 2)
})

test('what is published is for its owner only', async (t) => {
  const folder = await tempFolder(t)
  const { file } = await makeBackup(folder)
  for (const path of [file, manifestName(file), join(folder, INDEX_NAME)]) {
    assert.equal((await stat(path)).mode & 0o777, 0o600, path)
  }
})

test('a folder that may not be read is an error that says so', async (t) => {
  const folder = await tempFolder(t)
  await makeBackup(folder)
  await chmod(folder, 0o000)
  await asPlainUser(folder, () =>
    assert.rejects(readCatalogue(folder), {
      code: 'PERMISSION_DENIED',
      message: /cannot be used by this user/,
    }),
  )
  await chmod(folder, 0o700)
})
