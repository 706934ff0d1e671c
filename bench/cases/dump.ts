import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { backUp } from '../backups.ts'
import { type Bench, HEAVY_ROUNDS } from '../bench.ts'
import { serverInstallation } from '../databases.ts'
import { fillPostgres } from '../large.ts'
import { type Figures, interleave, rowsOfFigures, timeCommand } from '../measure.ts'
import type { Table } from '../table.ts'

const BYTES = 3e8

type Sample = Figures<'time' | 'memory'>

/** A backup of a PostgreSQL database, and pg_dump alone. */
export async function dump({ root, databases }: Bench): Promise<Table[]> {
  const url = await databases.fresh('postgres')
  await fillPostgres(url, BYTES)
  const ours = (name: string, compression: 'none' | 'zstd') => ({
    name,
    async measure(): Promise<Sample> {
      const { making, verifying, memory } = await backUp(root, { url, compression })
      return {
        time: { [name]: making, [`${name}, verification`]: verifying },
        memory: { [name]: memory },
      }
    },
  })
  const samples = await interleave<Sample>(
    [
      ours('ours', 'none'),
      ours('ours --compress', 'zstd'),
      {
        name: 'pg_dump',
        async measure() {
          const copy = join(root, 'copy.dump')
          const program = join(serverInstallation().bin, 'pg_dump')
          const ms = await timeCommand(program, ['-Fc', '-f', copy, '-d', url], root)
          rmSync(copy)
          return { time: { 'pg_dump -Fc': ms } }
        },
      },
    ],
    HEAVY_ROUNDS,
  )
  const title = 'Backup of a PostgreSQL database, 300 MB'
  return [
    { id: 'dump', title: `${title}, ${HEAVY_ROUNDS} rounds`, rows: rowsOfFigures(samples, 'time') },
    {
      id: 'dump memory',
      title: `${title}, our process's most memory, ${HEAVY_ROUNDS} rounds`,
      unit: 'MB',
      rows: rowsOfFigures(samples, 'memory'),
    },
  ]
}
