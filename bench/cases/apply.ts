import type { Bench } from '../bench.ts'
import { countApplied } from '../databases.ts'
import { generate } from '../generate.ts'
import { inFreshProcess, interleave, rowsOf } from '../measure.ts'
import type { Database, Peer } from '../peers/peer.ts'
import type { Table } from '../table.ts'

const COUNT = 500

/** Applies 500 migrations to an empty database. */
export async function apply(bench: Bench): Promise<Table[]> {
  return [await applyOn(bench, 'sqlite'), await applyOn(bench, 'postgres')]
}

async function applyOn(bench: Bench, database: Database): Promise<Table> {
  const peers = bench.peers.filter((peer) => peer.databases.includes(database))
  const contenders = peers.map((peer) => contender(bench, peer, database))
  const samples = await interleave(contenders, bench.rounds)
  const title = `Apply ${COUNT} migrations, ${database === 'sqlite' ? 'SQLite' : 'PostgreSQL'}`
  return { id: `apply ${database}`, title, rows: rowsOf(samples, ({ run }) => run) }
}

function contender(bench: Bench, peer: Peer, database: Database) {
  const folder = generate(bench.root, peer.format, COUNT)
  return {
    name: peer.name,
    async measure() {
      const url = await bench.databases.fresh(database)
      const timing = await inFreshProcess('migrate', {
        peer: peer.name,
        database,
        folder,
        url,
        ready: true,
      })
      const applied = await countApplied(database, url)
      if (applied !== COUNT) throw new Error(`${peer.name} applied ${applied} of ${COUNT}.`)
      return timing
    },
  }
}
