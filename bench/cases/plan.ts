import type { Bench } from '../bench.ts'
import { EDGES } from '../generate.ts'
import { inFreshProcess, interleave, rowsOf } from '../measure.ts'
import type { Table } from '../table.ts'

const COUNTS = [1_000, 10_000, 100_000]

/** Orders a dense graph and plans what is pending: pure computing, no database. */
export async function plan(bench: Bench): Promise<Table[]> {
  const contenders = COUNTS.map((count) => ({
    name: `${count} migrations`,
    async measure() {
      const timing = await inFreshProcess('plan', { count })
      if (timing.steps !== count / 2) throw new Error(`${timing.steps} steps of ${count / 2}.`)
      return timing.plan
    },
  }))
  const samples = await interleave(contenders, bench.rounds)
  return [
    {
      id: 'plan',
      title: `Plan, ${EDGES} dependencies each, half of them applied`,
      rows: rowsOf(samples, (ms) => ms),
    },
  ]
}
