import { rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { backUp } from '../backups.ts'
import { type Bench, HEAVY_ROUNDS } from '../bench.ts'
import { LARGE, SMALL, sqliteDatabase } from '../large.ts'
import { type Figures, interleave, rowsOfFigures, timeCommand } from '../measure.ts'
import type { Table } from '../table.ts'

type Sample = Figures<'time' | 'size' | 'memory'>

/**
 * The packing of a backup with `--compress`, and gzip on the same database: the small one, since gzip takes a minute
 * for the large one. How much memory it takes is looked at with both.
 */
export async function compress({ root }: Bench): Promise<Table[]> {
  const large = sqliteDatabase(root, LARGE)
  const small = sqliteDatabase(root, SMALL)
  const ours = (file: string) => backUp(root, { url: `sqlite:///${file}`, compression: 'zstd' })
  const samples = await interleave<Sample>(
    [
      {
        name: 'ours',
        async measure() {
          const { phases, bytes, memory } = await ours(small)
          return {
            time: { ours: phases.pack ?? Number.NaN },
            size: { ours: bytes / 1e3 },
            memory: { '100 MB': memory },
          }
        },
      },
      {
        name: 'ours, large',
        measure: async () => ({ memory: { '1 GB': (await ours(large)).memory } }),
      },
      { name: 'gzip', measure: () => gzip(small, join(root, 'copy.gz')) },
    ],
    HEAVY_ROUNDS,
  )
  const title = 'Compressing a backup of a SQLite database'
  return [
    {
      id: 'compress',
      title: `${title}, 100 MB, ${HEAVY_ROUNDS} rounds`,
      rows: rowsOfFigures(samples, 'time'),
    },
    {
      id: 'compress size',
      title: `${title}, 100 MB, what is left of it`,
      unit: 'kB',
      rows: rowsOfFigures(samples, 'size'),
    },
    {
      id: 'compress memory',
      title: `${title}, the process's most memory, ${HEAVY_ROUNDS} rounds`,
      unit: 'MB',
      rows: rowsOfFigures(samples, 'memory'),
    },
  ]
}

async function gzip(file: string, packed: string): Promise<Sample> {
  const ms = await timeCommand('sh', ['-c', 'gzip -6 <"$1" >"$2"', 'sh', file, packed], '/')
  const { size } = statSync(packed)
  rmSync(packed)
  return { time: { 'gzip -6': ms }, size: { 'gzip -6': size / 1e3 } }
}
