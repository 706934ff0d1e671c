import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Random, seeded } from '../../../../../bench/random.ts'
import { makeTree } from '../../../../../bench/v1-tree/tree.ts'
import { type DatabaseKind, tempFolder } from '../../../../../test/support/databases.ts'
import { type RunningProcess, startNode } from '../../../../../test/support/process.ts'
import { oneOfEach } from '../../credentials/scene.ts'
import { booksOf, type Content, contentOf } from './content.ts'
import { importScene, type Scene } from './scene.ts'

const CHILD = join(import.meta.dirname, 'kill-child.ts')
const KILLS = { sqlite: 24, postgres: 6 } as const
const KILLS_OF_ONE = 12

const start = ({ url, keyFile, backupDir }: Scene, directory: string): RunningProcess =>
  startNode([CHILD, url, keyFile, backupDir, directory])

/** What a run that came to its end said. */
async function reportOf(running: RunningProcess): Promise<unknown> {
  const { code, stdout, stderr } = await running.done
  assert.equal(code, 0, stderr)
  return JSON.parse(stdout.slice(stdout.indexOf('{')))
}

interface Ending {
  /** Null where the last kill came after the end of the import, so that nobody heard of it. */
  readonly report: unknown
  readonly content: Content
}

const endingOf = async (scene: Scene, report: unknown): Promise<Ending> => ({
  report,
  content: { ...(await contentOf(scene)), ...(await booksOf(scene)) },
})

const isDone = async ({ query }: Scene): Promise<boolean> =>
  (await query("SELECT 1 FROM v1_imports WHERE status = 'done'").catch(() => [])).length > 0

interface Killing {
  readonly random: Random
  readonly directory: string
  /** How long an import takes, in milliseconds. */
  durationMs: number
}

/** Kills one import after the other at random moments, and lets the last one come to its end. */
async function killAndGoOn(scene: Scene, killing: Killing, most: number) {
  const { random, directory } = killing
  let kills = 0
  while (kills < most && !(await isDone(scene))) {
    const running = start(scene, directory)
    await running.printed('begins')
    // what is there already takes less time
    await sleep(random() * killing.durationMs * (kills === 0 ? 1 : 0.7))
    const { signal } = await running.kill()
    if (signal === null) {
      // the machine has less to do than it had when the time was taken
      if (kills === 0) killing.durationMs *= 0.8
      return { kills, ending: await endingOf(scene, await reportOf(running)) }
    }
    kills++
  }
  const report = (await isDone(scene)) ? null : await reportOf(start(scene, directory))
  return { kills, ending: await endingOf(scene, report) }
}

/** The few first lines that only one has: thousands are the same. */
function assertSame(ending: Ending, expected: Ending, what: string): void {
  for (const [table, lines] of Object.entries(expected.content)) {
    const found = ending.content[table] ?? []
    const [there, here] = [new Set(lines), new Set(found)]
    const missing = lines.filter((line) => !here.has(line)).slice(0, 3)
    const added = found.filter((line) => !there.has(line)).slice(0, 3)
    assert.deepEqual({ missing, added }, { missing: [], added: [] }, `${what}: ${table}`)
    assert.equal(found.length, lines.length, `${what}: ${table}`)
  }
  if (ending.report !== null) assert.deepEqual(ending.report, expected.report, what)
}

async function uninterrupted(t: TestContext, kind: DatabaseKind, directory: string) {
  const scene = await importScene(t, kind)
  const running = start(scene, directory)
  await running.printed('begins')
  const began = performance.now()
  const report = await reportOf(running)
  return { durationMs: performance.now() - began, ending: await endingOf(scene, report) }
}

for (const kind of oneOfEach) {
  describe(`an import on ${kind.name} that is killed`, { skip: kind.skip }, () => {
    test('at random moments goes on, and ends like one that was not', async (t) => {
      const directory = join(await tempFolder(t), 'v1')
      // more than are written in one transaction
      const size = { users: 4, workOrders: 20, dispensers: 20, activities: 2_200 }
      makeTree(directory, { ...size, quirks: 'some', seed: 19, rawHtmlBytes: 20 })
      const { durationMs, ending: expected } = await uninterrupted(t, kind, directory)
      const seed = Math.trunc(Math.random() * 2 ** 31)
      const killing = { random: seeded(seed), directory, durationMs }
      let kills = 0
      while (kills < KILLS[kind.dialect]) {
        const scene = await importScene(t, kind)
        const most = Math.min(KILLS_OF_ONE, KILLS[kind.dialect] - kills)
        const killed = await killAndGoOn(scene, killing, most)
        kills += killed.kills
        assertSame(killed.ending, expected, `seed ${seed}, after ${kills} kills`)
      }
    })
  })
}
