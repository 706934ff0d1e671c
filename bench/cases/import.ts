import { join } from 'node:path'
import { type Bench, HEAVY_ROUNDS } from '../bench.ts'
import { type Figures, inFreshProcess, interleave, rowsOfFigures } from '../measure.ts'
import type { Database } from '../peers/peer.ts'
import type { Table } from '../table.ts'
import { type Importer, openImporter } from '../v1-import.ts'
import { makeTree } from '../v1-tree/tree.ts'

const TREE = { users: 1_000, workOrders: 200_000, dispensers: 200_000, activities: 300_000 }

const NAMES = { sqlite: 'SQLite', postgres: 'PostgreSQL' }

/** An import of a V1 directory, and the least that it could take. */
export async function importV1(bench: Bench): Promise<Table[]> {
  const tree = join(bench.root, 'v1-tree')
  makeTree(tree, TREE)
  const importer = await openImporter(bench.root)
  const sqlite = await measure(bench, { database: 'sqlite', tree, importer })
  return [sqlite, await measure(bench, { database: 'postgres', tree, importer })]
}

interface Contest {
  readonly database: Database
  readonly tree: string
  readonly importer: Importer
}

async function measure(
  { databases }: Bench,
  { database, tree, importer }: Contest,
): Promise<Table> {
  const imported = await databases.fresh(database)
  await importer(imported, tree)
  const samples = await interleave<Figures<'time'>>(
    [
      {
        name: 'import',
        async measure() {
          const url = await databases.fresh(database)
          const { timings } = await importer(url, tree)
          await databases.remove(url)
          const { hashMs, reconcileMs, totalMs } = timings
          return {
            time: {
              import: totalMs - hashMs,
              'import: hashing passwords, not counted': hashMs,
              'import: reading back': reconcileMs,
            },
          }
        },
      },
      {
        name: 'ceiling',
        async measure() {
          const ceiling = await inFreshProcess('ceiling', { tree, url: imported })
          return {
            time: {
              ceiling: ceiling.totalMs,
              'ceiling: reading and parsing': ceiling.readMs + ceiling.parseMs,
              'ceiling without what the import keeps of itself': ceiling.withoutBooksMs,
            },
          }
        },
      },
    ],
    HEAVY_ROUNDS,
  )
  await databases.remove(imported)
  return {
    id: `import ${database}`,
    title: `Import of a V1 directory, 1,000 users and 700,000 records, ${NAMES[database]}, ${HEAVY_ROUNDS} rounds`,
    rows: rowsOfFigures(samples, 'time'),
  }
}
