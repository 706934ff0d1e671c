import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Bench } from '../bench.ts'
import { generate } from '../generate.ts'
import { inFreshProcess, interleave, rowsOf, timeCommand } from '../measure.ts'
import { installedPackage } from '../package.ts'
import { dbmateArguments, dbmateBinary } from '../peers/dbmate.ts'
import type { Table } from '../table.ts'

const COUNT = 500

/** `status` as a command that a person or a deploy runs: a whole process, from its start to its end. */
export async function status(bench: Bench): Promise<Table[]> {
  const folder = generate(bench.root, 'dbmate', COUNT)
  const applied = async (peer: string): Promise<string> => {
    const url = await bench.databases.fresh('sqlite')
    await inFreshProcess('migrate', { peer, database: 'sqlite', folder, url, ready: false })
    return url
  }
  const dbmate = [...dbmateArguments('sqlite', folder, await applied('dbmate')), 'status']
  const wrapper = join(fileURLToPath(import.meta.resolve('dbmate')), '../cli.js')

  const project = join(folder, '..')
  const databaseUrl = await applied('ours-sql')
  writeFileSync(
    join(project, 'migrate.config.ts'),
    `export default ${JSON.stringify({ migrations: './migrations', databaseUrl })}\n`,
  )
  const command = installedPackage().command

  const samples = await interleave(
    [
      {
        name: 'ours',
        measure: () => timeCommand(process.execPath, [command, 'status'], project),
      },
      {
        name: 'dbmate from npm',
        measure: () => timeCommand(process.execPath, [wrapper, ...dbmate], project),
      },
      { name: 'dbmate binary', measure: () => timeCommand(dbmateBinary(), dbmate, project) },
    ],
    bench.rounds,
  )
  return [
    {
      id: 'status',
      title: `Cold \`status\`, ${COUNT} migrations, SQLite, a whole process`,
      rows: rowsOf(samples, (ms) => ms),
    },
  ]
}
