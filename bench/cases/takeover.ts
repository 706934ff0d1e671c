import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Bench } from '../bench.ts'
import { type Contender, interleave, rowsOf } from '../measure.ts'
import type { Table } from '../table.ts'

const RUNNERS = 8

/** Holds the lock in an open transaction for longer than the case takes. */
const SLOW = `export const up = async (db) => {
  await db.schema.createTable('slow').addColumn('id', 'integer').execute()
  await new Promise((resolve) => setTimeout(resolve, 60_000))
}`

/** Eight runners; the one that holds the lock is killed: how long until another one has it. */
export async function takeover(bench: Bench): Promise<Table[]> {
  const folder = join(bench.root, 'takeover')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, '0001_slow.mjs'), SLOW)
  const contenders = (['sqlite', 'postgres'] as const).map(
    (database): Contender<number> => ({
      name: database,
      measure: async () => measureOnce(folder, await bench.databases.fresh(database)),
    }),
  )
  return [
    {
      id: 'takeover',
      title: `Taking over from a runner that was killed (SIGKILL), ${RUNNERS - 1} waiting`,
      rows: rowsOf(await interleave(contenders, bench.rounds), (ms) => ms),
    },
  ]
}

async function measureOnce(folder: string, url: string): Promise<number> {
  const start = (): ChildProcess =>
    spawn(
      process.execPath,
      [fileURLToPath(import.meta.resolve('../children/runner.ts')), folder, url],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
  const holder = start()
  const waiting: ChildProcess[] = []
  try {
    await printed(holder, 'step.started')
    for (let n = 1; n < RUNNERS; n++) waiting.push(start())
    await Promise.all(waiting.map((runner) => printed(runner, 'lock.waiting')))
    const acquired = waiting.map((runner) => printed(runner, 'lock.acquired'))
    const killed = Date.now()
    holder.kill('SIGKILL')
    return (await Promise.race(acquired)) - killed
  } finally {
    for (const runner of [holder, ...waiting]) runner.kill('SIGKILL')
  }
}

/** When the runner printed the event. */
function printed(runner: ChildProcess, event: string): Promise<number> {
  return new Promise((resolve) => {
    let text = ''
    runner.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      const at = new RegExp(`^${event} (\\d+)$`, 'm').exec(text)?.[1]
      if (at) resolve(Number(at))
    })
  })
}
