import { join } from 'node:path'
import type { Bench } from '../bench.ts'
import { interleave, rowsOf } from '../measure.ts'
import type { Database } from '../peers/peer.ts'
import type { Table } from '../table.ts'
import { openImporter } from '../v1-import.ts'
import { makeTree } from '../v1-tree/tree.ts'

/** About 190,000 work orders, each with as much HTML as a page of V1's source has. */
const TREE = { users: 1, workOrders: 1, dispensers: 1, activities: 1, rawHtmlBytes: 4_000 }
const BYTES = 1e9

/** The most memory that an import of one large file has. */
export async function importMemory({ root, databases }: Bench): Promise<Table[]> {
  const tree = join(root, 'v1-large')
  makeTree(tree, { ...TREE, oneFileBytes: BYTES })
  const importer = await openImporter(root)
  const contender = (database: Database) => ({
    name: database,
    async measure() {
      const url = await databases.fresh(database)
      const { memory } = await importer(url, tree)
      await databases.remove(url)
      return memory
    },
  })
  // once: what it takes does not vary as time does
  const samples = await interleave([contender('sqlite'), contender('postgres')], 1)
  return [
    {
      id: 'import memory',
      title: "Import of a scraped_content.json of 1 GB, the process's most memory",
      unit: 'MB',
      rows: rowsOf(samples, (memory) => memory),
    },
  ]
}
