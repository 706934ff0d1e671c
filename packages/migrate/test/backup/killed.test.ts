import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { tempFolder } from '../../../../test/support/databases.ts'
import { readCatalogue } from '../../src/backup/catalogue/catalogue.ts'
import { cleanUp } from '../../src/backup/catalogue/cleanup.ts'
import { mendCatalogue } from '../../src/backup/catalogue/mend.ts'
import { promote } from '../../src/backup/catalogue/promote.ts'
import { verifyCatalogue } from '../../src/backup/catalogue/verify.ts'
import { otherDisk } from './other-disk.ts'
import { protect } from './protect-support.ts'
import { BIRDS, entry, findingCodes, makeBackup, namesIn, PETS } from './support.ts'

const CHILD = join(import.meta.dirname, 'kill-child.ts')
/** More operations than anything here has: a loop that gets here does not end by itself. */
const MANY = 100

/** True: killed. False: it came to its end. */
async function kill(folder: string, verb: string, at: number, argument = ''): Promise<boolean> {
  const child = spawn(process.execPath, [CHILD, folder, verb, String(at), argument], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const [status, signal] = await once(child, 'exit')
  assert.ok(status === 0 || signal === 'SIGKILL', `${verb} ended with ${status ?? signal}`)
  return signal === 'SIGKILL'
}

interface Sweep {
  readonly verb: string
  /** Makes the folder that an attempt begins with; what the verb needs to know. */
  readonly prepare: (folder: string) => Promise<string>
  /** What must hold after the next run has mended the folder. */
  readonly after: (folder: string, argument: string) => Promise<void>
  /** Kills before every n-th operation only. Default 1. */
  readonly step?: number
}

/** Kills the verb before each of its operations in turn, and mends. */
async function sweep(t: TestContext, { verb, prepare, after, step = 1 }: Sweep): Promise<void> {
  for (let place = 1; place < MANY; place += step) {
    const folder = await tempFolder(t)
    const argument = await prepare(folder)
    const killed = await kill(folder, verb, place, argument)
    await t.test(`${verb}, killed before operation ${place}`, async () => {
      const { backups, findings } = await verifyCatalogue({ folder })
      const all = [...backups.flatMap((backup) => backup.findings), ...findings]
      const errors = all.filter(({ severity }) => severity === 'error')
      assert.deepEqual(errors, [])
      await mendCatalogue(folder, PETS)
      assert.deepEqual(await findingCodes(folder), [])
      await after(folder, argument)
    })
    if (!killed) return
  }
  assert.fail(`${verb} has ${MANY} operations or more`)
}

test('a backup that is killed while it is published is taken in or removed by the next', (t) =>
  sweep(t, {
    verb: 'add',
    async prepare(folder) {
      await makeBackup(folder)
      return ''
    },
    async after(folder) {
      const { entries } = await readCatalogue(folder)
      const names = await namesIn(folder)
      assert.equal(entries.length, names.length)
      assert.ok(names.includes('daily/backup_20261122_100000.db'))
      const { file } = await makeBackup(folder, { at: '2026-11-22T11:00:00Z' })
      assert.match(file, entries.length === 2 ? /110000_2\.db$/ : /110000\.db$/)
    },
  }))

const promoted = async (folder: string, id: string): Promise<void> => {
  await promote(folder, await entry(folder, id), 'weekly')
  assert.deepEqual((await entry(folder, id)).tiers, ['daily', 'weekly'])
  assert.deepEqual(await findingCodes(folder), [])
}

test('a promotion that is killed is done by the next', (t) =>
  sweep(t, {
    verb: 'promote',
    prepare: async (folder) => (await makeBackup(folder)).manifest.id,
    after: promoted,
  }))

test('a promotion to another disk that is killed is done by the next', async (t) => {
  const disk = await otherDisk(t)
  if (!disk) return
  await sweep(t, {
    verb: 'promote',
    async prepare(folder) {
      const { manifest } = await makeBackup(folder)
      const weekly = await mkdtemp(join(disk, 'weekly-'))
      await symlink(weekly, join(folder, 'weekly'))
      return manifest.id
    },
    after: promoted,
  })
})

test('a cleanup that is killed is ended by the next, and keeps what it would have kept', async (t) => {
  const policy = { daily: 1, weekly: 0, monthly: 0, runs: 0 }
  await sweep(t, {
    verb: 'cleanup',
    async prepare(folder) {
      await makeBackup(folder, { at: '2026-11-22T10:00:00Z' })
      await makeBackup(folder, { at: '2026-11-21T10:00:00Z', database: BIRDS })
      const { manifest } = await makeBackup(folder, { at: '2026-11-01T10:00:00Z' })
      await promote(folder, await entry(folder, manifest.id), 'weekly')
      return JSON.stringify(policy)
    },
    async after(folder) {
      const now = new Date('2026-11-22T12:00:00Z')
      const { findings } = await cleanUp(folder, PETS, policy, { dryRun: false, now })
      assert.deepEqual(findings, [])
      assert.deepEqual(await namesIn(folder), [
        'daily/backup_20261121_100000.db',
        'daily/backup_20261122_100000.db',
      ])
      assert.deepEqual(await findingCodes(folder), [])
    },
  })
})

test('an encryption of a clear backup that is killed leaves one whole, and is done by the next', (t) =>
  sweep(t, {
    verb: 'encrypt',
    // publishing, promoting and removing are each killed everywhere above
    step: 7,
    async prepare(folder) {
      const contents = Buffer.from("INSERT INTO pet VALUES ('rex');\n".repeat(200))
      const { manifest } = await makeBackup(folder, { contents })
      await promote(folder, await entry(folder, manifest.id), 'weekly')
      return ''
    },
    async after(folder) {
      const { entries } = await readCatalogue(folder)
      assert.ok(entries.length === 1 || entries.length === 2)
      for (const clear of entries) {
        if (clear.manifest.encryption === null) await protect(folder, clear)
      }
      const [only, ...others] = (await readCatalogue(folder)).entries
      assert.deepEqual(others, [])
      assert.deepEqual(only?.tiers, ['daily', 'weekly'])
      assert.deepEqual(await namesIn(folder), [
        'daily/backup_20261122_100000.db.age',
        'weekly/backup_20261122_100000.db.age',
      ])
      assert.deepEqual(await findingCodes(folder), [])
    },
  }))
