import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { databases } from '../../../../../test/support/databases.ts'
import { runNode } from '../../../../../test/support/process.ts'
import { masterKey } from '../../../src/config.ts'
import { BIN } from '../../credentials/scene.ts'
import { DEMO, importScene, type Scene } from './scene.ts'
import { ANA, at, json, order, orders, v1 } from './small-tree.ts'

const [sqlite] = databases.filter(({ dialect }) => dialect === 'sqlite')

/** Runs `fossawork-db import-v1` without a terminal, as cheaply as it allows. */
const runner =
  ({ url, keyFile, folder }: Scene) =>
  async (...args: readonly string[]) => {
    const isImport = args.includes('--v1-data')
    const cheap = isImport ? ['--argon2', 'm=7168,t=5,p=1', '--no-backup'] : []
    const { code, stdout, stderr } = await runNode([BIN, 'import-v1', ...args, ...cheap], {
      cwd: folder,
      env: { DATABASE_URL: url, [masterKey.file]: keyFile, NO_COLOR: '1' },
    })
    assert.doesNotMatch(stdout + stderr, /Zq7xSecret/)
    return { code, stdout, stderr }
  }

test('the command prints for a dry run exactly what it prints for the real one', {
  skip: sqlite?.skip,
}, async (t) => {
  assert.ok(sqlite)
  const scene = await importScene(t, sqlite)
  const run = runner(scene)
  const planned = await run('--v1-data', DEMO, '--dry-run')
  const done = await run('--v1-data', DEMO, '--report', 'report.json')
  assert.deepEqual([planned.code, done.code], [3, 3], done.stderr)
  assert.equal(done.stdout, planned.stdout)
  assert.match(done.stdout, /all +65 +58 +4 +0 +0 +3\n/)
  const report = JSON.parse(readFileSync(join(scene.folder, 'report.json'), 'utf8'))
  assert.equal(report.report.totals.imported, 58)
  const again = await run('--v1-data', DEMO, '--json')
  assert.equal(again.code, 3, 'the quarantine is not empty')
  const { outcome, report: second } = JSON.parse(again.stdout)
  assert.deepEqual([outcome, second.totals.imported], ['nothing', 0])
  const shown = await run('--show-quarantine')
  assert.equal(shown.code, 3)
  assert.match(shown.stdout, /FILE_EMPTY.*3 records in quarantine\./s)
})

test('the command ends with 3 for a conflict, unless it was told what becomes of it', {
  skip: sqlite?.skip,
}, async (t) => {
  assert.ok(sqlite)
  const scene = await importScene(t, sqlite)
  const run = runner(scene)
  const { directory, change } = await v1(t)
  await scene.import(directory)
  const second = await run('--v1-data', directory)
  assert.deepEqual([second.code, /Nothing to import/.test(second.stdout)], [0, true], second.stderr)
  await scene.query("UPDATE work_orders SET instructions = 'V2' WHERE external_id = 'W-1'")
  change({ [at(ANA, 'scraped_content.json')]: orders(order('W-1', { instructions: 'V1' })) })
  assert.equal((await run('--v1-data', directory)).code, 3)
  assert.equal((await run('--v1-data', directory, '--on-conflict', 'keep')).code, 0)
  change({ [at(ANA, 'work_fossa_credentials.json')]: json({ password: 'Zq7xSecret-alone' }) })
  const replaced = await run('--v1-data', directory, '--on-conflict', 'replace')
  assert.equal(replaced.code, 3, 'a record is in quarantine')
  const [row] = await scene.query("SELECT instructions FROM work_orders WHERE external_id = 'W-1'")
  assert.equal(row?.instructions, 'V1')
  assert.match((await run('--show-quarantine')).stdout, /VALUE_MISSING .*\[redacted\]/s)
})

test('options of the command that do not go together are refused', {
  skip: sqlite?.skip,
}, async (t) => {
  assert.ok(sqlite)
  const run = runner(await importScene(t, sqlite))
  assert.equal((await run('--retry-quarantine', '--user', 'x')).code, 2)
})
