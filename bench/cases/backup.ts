import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { backUp, besideWriter } from '../backups.ts'
import { type Bench, HEAVY_ROUNDS } from '../bench.ts'
import { LARGE, SMALL, sqliteDatabase } from '../large.ts'
import { type Figures, interleave, rowsOfFigures, timeCommand } from '../measure.ts'
import type { Table } from '../table.ts'

type Sample = Figures<'time' | 'memory'>

/** A backup of a SQLite database beside a writer, and SQLite's own command on the same file at rest. */
export async function backup({ root }: Bench): Promise<Table[]> {
  const large = sqliteDatabase(root, LARGE)
  const small = sqliteDatabase(root, SMALL)
  const ours = (file: string) =>
    besideWriter(file, () => backUp(root, { url: `sqlite:///${file}`, compression: 'none' }))
  const samples = await interleave<Sample>(
    [
      {
        name: 'ours',
        async measure() {
          const { making, verifying, memory } = await ours(large)
          return {
            time: { ours: making, 'ours, verification': verifying },
            memory: { '1 GB': memory },
          }
        },
      },
      {
        name: 'ours, small',
        measure: async () => ({ memory: { '100 MB': (await ours(small)).memory } }),
      },
      {
        name: 'sqlite3',
        async measure() {
          const copy = join(root, 'copy.db')
          const ms = await timeCommand('sqlite3', [large, `.backup '${copy}'`], root)
          rmSync(copy)
          return { time: { 'sqlite3 .backup': ms } }
        },
      },
    ],
    HEAVY_ROUNDS,
  )
  const title = 'Backup of a SQLite database beside a writer'
  return [
    {
      id: 'backup',
      title: `${title}, 1 GB; sqlite3 without one; ${HEAVY_ROUNDS} rounds`,
      rows: rowsOfFigures(samples, 'time'),
    },
    {
      id: 'backup memory',
      title: `${title}, the process's most memory, ${HEAVY_ROUNDS} rounds`,
      unit: 'MB',
      rows: rowsOfFigures(samples, 'memory'),
    },
  ]
}
