import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { appendFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { cleanUp } from '../../src/backup/catalogue/cleanup.ts'
import { appendIndex, INDEX_NAME, readIndex } from '../../src/backup/catalogue/index-file.ts'
import { mendCatalogue } from '../../src/backup/catalogue/mend.ts'
import { smallDisk } from './small-disk.ts'
import { findingCodes, makeBackup, namesIn, PETS } from './support.ts'

const ONE_DAY = { daily: 1, weekly: 0, monthly: 0, runs: 0 }
const PAGE = 4096

test('on a disk so full that the index cannot grow, a cleanup still makes room', async (t) => {
  const disk = smallDisk(t, 512)
  if (!disk) return
  const folder = join(disk, 'backups')
  for (const day of ['01', '02', '03']) {
    const contents = Buffer.alloc(40_000, day)
    await makeBackup(folder, { at: `2026-11-${day}T10:00:00Z`, contents })
  }
  // the index ends some bytes before the end of its page, so that its next line is cut
  const index = join(folder, INDEX_NAME)
  const rest = PAGE - ((await stat(index)).size % PAGE)
  await appendFile(index, '\n'.repeat(rest + PAGE - 50))
  const fill = join(disk, 'fill')
  await assert.rejects(writeFile(fill, Buffer.alloc(1 << 20)), { code: 'ENOSPC' })
  const line = { op: 'removed', id: randomUUID(), path: 'daily/backup_x.db' } as const
  await assert.rejects(appendIndex(folder, line), { code: 'DISK_FULL' })
  assert.equal((await readIndex(folder)).bad.length, 1)
  await assert.rejects(makeBackup(folder, { at: '2026-11-04T10:00:00Z' }))

  const now = new Date('2026-11-22T10:00:00Z')
  const { removed } = await cleanUp(folder, PETS, ONE_DAY, { dryRun: false, now })
  assert.equal(removed.length, 2)
  assert.ok((await namesIn(folder)).includes('daily/backup_20261103_100000.db'))
  await mendCatalogue(folder, PETS)
  assert.deepEqual(await findingCodes(folder), [])
})
