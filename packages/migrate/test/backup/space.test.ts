import assert from 'node:assert/strict'
import { statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { tempFolder } from '../../../../test/support/databases.ts'
import { assertSpace, describeShortage, freeBytes } from '../../src/backup/space.ts'
import { KEEP_DEFAULTS } from '../../src/config/define.ts'
import { makeBackup, PETS } from './support.ts'

const dialect = { name: PETS.dialect, identity: PETS.identity }
const TOO_MUCH = 2 ** 60

test('a shortage says what is needed, what is there, where, and what would help', () => {
  const shortage = {
    ...{ what: 'The backup', needs: 2_000_000, has: 1_000_000, folder: '/backups' },
    ...{ freed: 0, movable: true, temporary: false },
  }
  assert.deepEqual(describeShortage(shortage), {
    message: 'The backup needs 2 MB in /backups, and the disk has 1 MB free.',
    hint: 'Make room on it, or keep the backups on another disk with --backup-dir; then run it again.',
  })
  assert.equal(
    describeShortage({ ...shortage, freed: 1_000_000, movable: false }).hint,
    'Make room on it, or run `backup --cleanup`, which would free 1 MB; then run it again.',
  )
  assert.match(describeShortage({ ...shortage, freed: 10 }).hint, /free 0 MB, which is not enough/)
  assert.match(describeShortage({ ...shortage, temporary: true }).hint, /TMPDIR/)
})

test('a shortage of one byte never looks like enough', () => {
  const { message } = describeShortage({
    ...{ what: 'It', needs: 1_000_001, has: 1_000_000, folder: '/b', freed: 0 },
    ...{ movable: false, temporary: false },
  })
  assert.match(message, /needs 1\.1 MB .* has 1 MB/)
})

test('the free bytes of a folder that is not there yet are those of the one above it', async (t) => {
  const folder = await tempFolder(t)
  const { bavail, bsize } = await statfs(folder)
  const free = await freeBytes(join(folder, 'a', 'b'))
  // others write to the disk meanwhile
  assert.ok(Math.abs(free - bavail * bsize) < 1e9)
})

test('enough room passes, too little is refused with what a cleanup would free', async (t) => {
  const folder = await tempFolder(t)
  for (const year of ['2001', '2026']) {
    const contents = Buffer.alloc(3_000_000, year)
    await makeBackup(folder, { at: `${year}-01-01T10:00:00Z`, contents })
  }
  const keep = { daily: 1, weekly: 0, monthly: 0, runs: 0 }
  const context = { folder, dialect, keep }
  await assertSpace([{ folder, bytes: 1000 }], 'The backup', context)
  await assert.rejects(assertSpace([{ folder, bytes: TOO_MUCH }], 'The backup', context), {
    code: 'DISK_FULL',
    message: /^The backup needs 1152921504606\.9 MB in .+, and the disk has [\d.]+ MB free\.$/,
    hint: /--cleanup`, which would free 3 MB, which is not enough by itself, or .*--backup-dir/,
  })
  await assert.rejects(
    assertSpace([{ folder, bytes: TOO_MUCH }], 'It', { ...context, keep: 'all' }),
    (error: { hint: string }) => !error.hint.includes('--cleanup'),
  )
})

test('what several folders of one disk need is added up', async (t) => {
  const folder = await tempFolder(t)
  const half = Math.ceil((await freeBytes(folder)) * 0.7)
  const demands = [
    { folder, bytes: half },
    { folder: join(folder, 'other'), bytes: half },
  ]
  await assertSpace(demands.slice(1), 'The backup', { folder, dialect, keep: KEEP_DEFAULTS })
  await assert.rejects(
    assertSpace(demands, 'The backup', { folder, dialect, keep: KEEP_DEFAULTS }),
    {
      code: 'DISK_FULL',
    },
  )
})
