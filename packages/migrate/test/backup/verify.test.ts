import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import {
  appendFile,
  chmod,
  copyFile,
  mkdir,
  readFile,
  rename,
  rm,
  writeFile,
} from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, join, relative } from 'node:path'
import { test } from 'node:test'
import { tempFolder } from '../../../../test/support/databases.ts'
import { manifestName } from '../../src/backup/catalogue/manifest.ts'
import { promote } from '../../src/backup/catalogue/promote.ts'
import { verifyCatalogue } from '../../src/backup/catalogue/verify.ts'
import type { Finding } from '../../src/finding.ts'
import { entry, findingCodes, makeBackup } from './support.ts'

async function onlyFinding(folder: string): Promise<Finding> {
  const { backups, findings } = await verifyCatalogue({ folder })
  const all = [...backups.flatMap((backup) => backup.findings), ...findings]
  assert.equal(all.length, 1, JSON.stringify(all, null, 2))
  return all[0] as Finding
}

test('a bit flipped at any of 200 places is detected, and none of them accepted', async (t) => {
  const folder = await tempFolder(t)
  const { file, manifest } = await makeBackup(folder)
  const good = await readFile(file)
  for (let round = 0; round < 200; round++) {
    const bit = randomInt(good.length * 8)
    const bad = Buffer.from(good)
    bad[bit >> 3] = (good[bit >> 3] as number) ^ (1 << (bit & 7))
    await writeFile(file, bad)
    const { backups } = await verifyCatalogue({ folder })
    assert.deepEqual(
      backups.map(({ id, ok, findings }) => [id, ok, findings.map(({ code }) => code)]),
      [[manifest.id, false, ['BACKUP_DAMAGED']]],
      `bit ${bit}`,
    )
  }
  await writeFile(file, good)
  assert.deepEqual(await findingCodes(folder), [])
})

test('a cut at any of 50 lengths is detected', async (t) => {
  const folder = await tempFolder(t)
  const { file } = await makeBackup(folder)
  const good = await readFile(file)
  for (let round = 0; round < 50; round++) {
    const length = round === 0 ? 0 : randomInt(good.length)
    await writeFile(file, good.subarray(0, length))
    const { code, message } = await onlyFinding(folder)
    assert.equal(code, 'BACKUP_CUT')
    assert.match(message, new RegExp(`it has ${length} bytes, and had 5000`))
  }
  await writeFile(file, Buffer.concat([good, Buffer.from('x')]))
  assert.match((await onlyFinding(folder)).message, /has grown/)
})

test('a missing file is named', async (t) => {
  const folder = await tempFolder(t)
  const { file } = await makeBackup(folder)
  await rm(file)
  await rm(manifestName(file))
  const { code, message, at } = await onlyFinding(folder)
  assert.deepEqual([code, at?.file], ['BACKUP_MISSING', file])
  assert.ok(message.includes(relative(folder, file)))
})

test('a renamed file is found by its contents, wherever it is now', async (t) => {
  const folder = await tempFolder(t)
  const { file } = await makeBackup(folder)
  await makeBackup(folder, { at: '2026-11-21T10:00:00Z' })
  const places = ['daily/backup_x.db', 'weekly/other.db', 'moved.db']
  await mkdir(join(folder, 'weekly'), { mode: 0o700 })
  for (const place of places) {
    const target = join(folder, place)
    await rename(file, target)
    const alone = await onlyFinding(folder)
    await rename(manifestName(file), manifestName(target))
    for (const { code, message, fix } of [alone, await onlyFinding(folder)]) {
      assert.equal(code, 'BACKUP_RENAMED')
      assert.ok(message.includes(`${relative(folder, file)} is now called ${place}`), message)
      assert.ok(fix?.includes(`\`mv ${target} ${file}\``), fix)
    }
    await rename(target, file)
    await rename(manifestName(target), manifestName(file))
  }
})

test('two files that exchanged their names are named, whatever their sizes', async (t) => {
  for (const size of [5000, 777]) {
    const folder = await tempFolder(t)
    const a = await makeBackup(folder)
    const b = await makeBackup(folder, {
      at: '2026-11-21T10:00:00Z',
      contents: Buffer.alloc(size, 'b'),
    })
    await rename(a.file, `${folder}/x`)
    await rename(b.file, a.file)
    await rename(`${folder}/x`, b.file)
    const { backups } = await verifyCatalogue({ folder })
    for (const { ok, findings } of backups) {
      assert.deepEqual([ok, findings.map(({ code }) => code)], [false, ['BACKUP_SWAPPED']])
      assert.match(findings[0]?.message ?? '', /exchanged their names/)
    }
  }
})

test('a backup put in the place of another is named on both sides', async (t) => {
  const folder = await tempFolder(t)
  const a = await makeBackup(folder)
  const b = await makeBackup(folder, { at: '2026-11-21T10:00:00Z' })
  await rename(a.file, b.file)
  const { backups } = await verifyCatalogue({ folder })
  assert.deepEqual(
    backups.map(({ id, findings }) => [id, findings.map(({ code }) => code)]),
    [
      [b.manifest.id, ['BACKUP_SWAPPED']],
      [a.manifest.id, ['BACKUP_RENAMED']],
    ],
  )
})

test('a manifest that is missing, damaged or altered is named', async (t) => {
  const folder = await tempFolder(t)
  const { file } = await makeBackup(folder)
  const path = manifestName(file)
  const good = await readFile(path, 'utf8')
  await writeFile(path, good.replace('"pet": 1', '"pet": 2'))
  assert.equal((await onlyFinding(folder)).code, 'MANIFEST_ALTERED')
  await writeFile(path, good.slice(0, 100))
  assert.equal((await onlyFinding(folder)).code, 'MANIFEST_DAMAGED')
  await writeFile(path, good.replace('"format": 1', '"format": 99'))
  assert.equal((await onlyFinding(folder)).code, 'BACKUP_NEWER')
  await rm(path)
  assert.equal((await onlyFinding(folder)).code, 'MANIFEST_MISSING')
})

test('of a backup in two tiers, the damaged copy is told from the whole one', async (t) => {
  const folder = await tempFolder(t)
  const { file, manifest } = await makeBackup(folder)
  const { file: weekly } = await promote(folder, await entry(folder, manifest.id), 'weekly')
  await rm(weekly)
  await writeFile(weekly, Buffer.alloc(5000), { mode: 0o600 })
  const { code, message, fix } = await onlyFinding(folder)
  assert.equal(code, 'BACKUP_DAMAGED')
  assert.match(message, /weekly\/.* differ from those of daily\//)
  assert.ok(fix?.includes(`cp ${file} ${weekly}`), fix)
})

test('files that the index does not list are named, but not hidden ones', async (t) => {
  const folder = await tempFolder(t)
  const { file } = await makeBackup(folder)
  await writeFile(join(folder, '.keep'), '')
  await writeFile(join(folder, 'daily', 'backup_foreign.db'), 'x', { mode: 0o600 })
  const { code, message } = await onlyFinding(folder)
  assert.equal(code, 'BACKUP_UNLISTED')
  assert.match(message, /daily\/backup_foreign\.db is not in the index, and has no manifest/)
  await rm(join(folder, 'daily', 'backup_foreign.db'))
  await copyFile(manifestName(file), join(folder, 'daily', 'backup_gone.db.json'))
  assert.equal((await onlyFinding(folder)).code, 'LEFTOVER')
})

test('temporary files of dead processes are leftovers, those of living ones are not', async (t) => {
  const folder = await tempFolder(t)
  await makeBackup(folder)
  const name = (pid: number, host = hostname()): string =>
    join(folder, 'daily', `backup_20261122_100000.${host}.${pid}.0123abcd.tmp`)
  await writeFile(name(process.pid), '', { mode: 0o600 })
  assert.deepEqual(await findingCodes(folder), [])
  // past the largest process id of any system
  await writeFile(name(2 ** 30), '', { mode: 0o600 })
  assert.match((await onlyFinding(folder)).message, /which is gone/)
  await rm(name(2 ** 30))
  await writeFile(name(1, 'far.away'), '', { mode: 0o600 })
  assert.match((await onlyFinding(folder)).message, /on another machine/)
})

test('what other users may read is named', async (t) => {
  const folder = await tempFolder(t)
  const { file } = await makeBackup(folder)
  await chmod(file, 0o644)
  const { code, message, fix } = await onlyFinding(folder)
  assert.equal(code, 'TOO_OPEN')
  assert.match(message, /its mode is 644/)
  assert.equal(fix, `\`chmod 600 ${file}\``)
  await chmod(file, 0o600)
  await chmod(join(folder, 'daily'), 0o755)
  assert.match((await onlyFinding(folder)).message, /daily: its mode is 755/)
})

test('a damaged or missing index is named', async (t) => {
  const folder = await tempFolder(t)
  await makeBackup(folder)
  await appendFile(join(folder, 'index.jsonl'), '{"op":"ad')
  assert.deepEqual([(await onlyFinding(folder)).severity], ['warning'])
  await rm(join(folder, 'index.jsonl'))
  assert.deepEqual(await findingCodes(folder), ['BACKUP_UNLISTED', 'INDEX_DAMAGED'])
})

test('links are read once, progress ends at the total, and each backup is told', async (t) => {
  const folder = await tempFolder(t)
  const { manifest } = await makeBackup(folder)
  await promote(folder, await entry(folder, manifest.id), 'weekly')
  await makeBackup(folder, { at: '2026-11-21T10:00:00Z' })
  const steps: [number, number][] = []
  const told: string[] = []
  await verifyCatalogue({
    folder,
    onProgress: (done, total) => steps.push([done, total]),
    onVerified: ({ file }) => told.push(basename(file)),
  })
  assert.deepEqual(steps.at(0), [0, 10_000])
  assert.deepEqual(steps.at(-1), [10_000, 10_000])
  assert.deepEqual(told, ['backup_20261121_100000.db', 'backup_20261122_100000.db'])
})

test('an aborted verification is interrupted', async (t) => {
  const folder = await tempFolder(t)
  await makeBackup(folder)
  const verifying = verifyCatalogue({ folder, signal: AbortSignal.abort() })
  await assert.rejects(verifying, { code: 'INTERRUPTED' })
})
