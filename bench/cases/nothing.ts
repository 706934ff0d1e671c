import type { Bench } from '../bench.ts'
import { countApplied } from '../databases.ts'
import { generate } from '../generate.ts'
import { inFreshProcess, interleave, rowsOf } from '../measure.ts'
import type { Database, Peer } from '../peers/peer.ts'
import type { Table } from '../table.ts'

const COUNT = 1000

/** Looks for pending migrations where all 1,000 are applied, as every start of an application does. */
export async function nothing(bench: Bench): Promise<Table[]> {
  return [...(await nothingOn(bench, 'sqlite')), ...(await nothingOn(bench, 'postgres'))]
}

async function nothingOn(bench: Bench, database: Database): Promise<Table[]> {
  const contenders = []
  for (const peer of bench.peers.filter((peer) => peer.databases.includes(database))) {
    contenders.push(await contender(bench, peer, database))
  }
  const samples = await interleave(contenders, bench.rounds)
  const title = `Nothing to do, ${COUNT} migrations, ${database === 'sqlite' ? 'SQLite' : 'PostgreSQL'}`
  return [
    { id: `nothing ${database}`, title, rows: rowsOf(samples, ({ run }) => run) },
    {
      id: `nothing ${database}, with loading`,
      title: `${title}, with loading the tool and its driver`,
      rows: rowsOf(samples, ({ load, run }) => load + run),
    },
  ]
}

async function contender(bench: Bench, peer: Peer, database: Database) {
  const folder = generate(bench.root, peer.format, COUNT)
  const url = await bench.databases.fresh(database)
  const job = { peer: peer.name, database, folder, url, ready: false }
  await inFreshProcess('migrate', job)
  const applied = await countApplied(database, url)
  if (applied !== COUNT) throw new Error(`${peer.name} applied ${applied} of ${COUNT}.`)
  return { name: peer.name, measure: () => inFreshProcess('migrate', job) }
}
