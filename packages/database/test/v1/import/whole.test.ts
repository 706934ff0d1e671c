import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { makeTree, QUIRK_NAMES } from '../../../../../bench/v1-tree/tree.ts'
import { type DatabaseKind, tempFolder } from '../../../../../test/support/databases.ts'
import { importV1 } from '../../../src/v1/import/import.ts'
import { oneOfEach } from '../../credentials/scene.ts'
import { faults } from '../../support/faults.ts'
import { v1Tree, writeTree } from '../support/tree.ts'
import { assertAccounted, assertTraced, importTwice, told } from './accounting.ts'
import { booksOf, type Content, contentOf, OF_RUNS, rawContent, rowCounts } from './content.ts'
import { available, CHEAP, DEMO, importScene, type Scene } from './scene.ts'

/** One work order stands twice in a file, another in two folders of a user; two entries are one user. */
const DEMO_ROWS = {
  dispensers: 4,
  global_settings: 3,
  prover_settings: 4,
  tutorial_data: 4,
  user_activities: 4,
  user_batch_history: 2,
  user_change_history: 2,
  user_completed_jobs: 4,
  user_credentials: 2,
  user_dispenser_data: 3,
  user_preferences: 7,
  user_schedule_changes: 3,
  user_scraped_content: 4,
  user_sessions: 1,
  users: 3,
  work_orders: 8,
}

/** What all databases must agree in. */
async function assertAgree(
  scenes: readonly Scene[],
  of: (scene: Scene) => Promise<Content>,
): Promise<void> {
  const [first, ...others] = scenes
  assert.ok(first)
  const expected = await of(first)
  for (const other of others) assert.deepEqual(await of(other), expected, other.dialect)
}

test('the sample directory comes to the same rows on all databases, and nothing the second time', async (t) => {
  const scenes: Scene[] = []
  for (const kind of available) {
    const scene = await importScene(t, kind)
    scenes.push(scene)
    const first = await importTwice(scene, DEMO)
    await assertTraced(scene, first)
    const totals = { read: 65, imported: 58, merged: 4, quarantined: 3 }
    assert.deepEqual(told(first.report.totals), totals)
    assert.deepEqual(rowCounts(await contentOf(scene)), DEMO_ROWS)
    const before = await rawContent(scene, OF_RUNS)
    const second = await importTwice(scene, DEMO)
    assert.deepEqual(await rawContent(scene, OF_RUNS), before, 'no row changes')
    assert.equal(second.outcome, 'nothing')
    const { imported, ...rest } = first.report.totals
    assert.deepEqual(second.report.totals, { ...rest, imported: 0, unchanged: imported })
  }
  await assertAgree(scenes, contentOf)
  await assertAgree(scenes, booksOf)
})

test('the database is validated afterwards, unless the configuration says otherwise', async (t) => {
  for (const kind of available) {
    const scene = await importScene(t, kind)
    const migrator = await scene.migrator({ config: { validateAfter: ['schema'] } })
    const { validation } = await importV1(migrator, { v1Data: DEMO, cost: CHEAP, archive: false })
    assert.deepEqual([validation?.ok, validation && faults(validation)], [true, []])
    assert.ok(validation?.checks.some(({ name }) => name === 'V1 reconciliation'))
    assert.equal((await scene.import(DEMO)).validation, null)
  }
})

test('a tree with everything that real ones hold is accounted for, record by record', async (t) => {
  const folder = join(await tempFolder(t), 'v1')
  const size = { users: QUIRK_NAMES.length, workOrders: 90, dispensers: 120, activities: 60 }
  const made = makeTree(folder, { ...size, quirks: 'all', seed: 3 })
  const scenes: Scene[] = []
  for (const kind of oneOfEach.filter(({ skip }) => !skip)) {
    const scene = await importScene(t, kind)
    scenes.push(scene)
    const result = await importTwice(scene, folder)
    await assertTraced(scene, result)
    // the demo user's entry is a row besides those of its files
    const rows = { ...made.rows, tutorial_data: 1 + (made.rows.tutorial_data ?? 0) }
    assert.deepEqual(rowCounts(await contentOf(scene)), rows)
    assert.equal(
      result.reconciliation?.rows,
      Object.values(rows).reduce((total, count) => total + count, 0),
    )
  }
  await assertAgree(scenes, contentOf)
  await assertAgree(scenes, booksOf)
})

/** A scene for one run of a property: gone when the run is over. */
async function inScene<T>(
  kind: DatabaseKind,
  body: (scene: Scene, folder: string) => Promise<T>,
): Promise<T> {
  const undo: (() => unknown)[] = []
  const t = { after: (work: () => unknown) => void undo.unshift(work) } as TestContext
  try {
    return await body(await importScene(t, kind), await tempFolder(t))
  } finally {
    for (const work of undo) await work()
  }
}

/** An import and a second one, with all that must be true of both. */
async function assertSound(scene: Scene, directory: string) {
  const dry = await scene.import(directory, { dryRun: true })
  const first = await scene.import(directory)
  assert.deepEqual(first.report, dry.report)
  await assertAccounted(scene, first)
  await assertTraced(scene, first)
  const before = await rawContent(scene, OF_RUNS)
  const content = { ...(await contentOf(scene)), books: (await booksOf(scene)).records }
  const second = await scene.import(directory)
  await assertAccounted(scene, second)
  assert.equal(second.outcome, 'nothing')
  assert.equal(second.report.totals.unchanged, first.report.totals.imported)
  assert.deepEqual(await rawContent(scene, OF_RUNS), before)
  return { content, report: { ...first.report, directory: '' } }
}

const RUNS = 12
const RUNS_ON_BOTH = 5

test('whatever a V1 directory holds is accounted for, comes once, and is the same everywhere', async () => {
  let runs = 0
  await fc.assert(
    fc.asyncProperty(v1Tree, async (tree) => {
      runs++
      const kinds = oneOfEach.filter(({ skip }) => !skip)
      const some = runs > RUNS_ON_BOTH ? kinds.slice(0, 1) : kinds
      const sound = []
      for (const kind of some) {
        sound.push(
          await inScene(kind, (scene, folder) => {
            const directory = join(folder, 'v1')
            writeTree(directory, { 'users/.keep': '', ...tree })
            return assertSound(scene, directory)
          }),
        )
      }
      for (const one of sound) assert.deepEqual(one, sound[0])
    }),
    { numRuns: RUNS, endOnFailure: false },
  )
})
