import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { promisify } from 'node:util'
import { type Bench, HEAVY_ROUNDS } from '../bench.ts'
import { fillFossaWork } from '../fossawork-rows.ts'
import { type Figures, inFreshProcess, interleave, rowsOfFigures, timeCommand } from '../measure.ts'
import { fossaworkCommand } from '../package.ts'
import { type Database, sqliteFile } from '../peers/peer.ts'
import type { Table } from '../table.ts'

const LARGE = 1_000_000
const SMALL = 100_000

/** What `validate --json` says that is of use here. */
interface Validated {
  readonly durationMs: number
}

type Sample = Figures<'time' | 'memory'>

const NAMES = { sqlite: 'SQLite', postgres: 'PostgreSQL' }

/** `validate --category all` of a large database, and what the database itself takes to read it. */
export async function validate(bench: Bench): Promise<Table[]> {
  return [...(await measure(bench, 'sqlite')), ...(await measure(bench, 'postgres'))]
}

async function measure({ root, databases }: Bench, database: Database): Promise<Table[]> {
  const folder = mkdtempSync(join(root, 'validate-'))
  const made = async (rows: number): Promise<string> => {
    const url = await databases.fresh(database)
    await command(folder, url, 'migrate', '--no-backup')
    await fillFossaWork(database, url, rows)
    return url
  }
  const [large, small] = [await made(LARGE), await made(SMALL)]
  const ours = (url: string) => command(folder, url, 'validate', '--category', 'all', '--json')
  const samples = await interleave<Sample>(
    [
      {
        name: 'ours',
        async measure() {
          const { ms, memory, stdout } = await ours(large)
          const { durationMs }: Validated = JSON.parse(stdout)
          return {
            time: {
              validate: durationMs,
              'validate: a whole process': ms,
            },
            memory: { '1,000,000 rows': memory },
          }
        },
      },
      {
        name: 'ours, small',
        measure: async () => ({ memory: { '100,000 rows': (await ours(small)).memory } }),
      },
      { name: 'itself', measure: async () => ({ time: await itself(database, large, root) }) },
    ],
    HEAVY_ROUNDS,
  )
  await databases.remove(large)
  await databases.remove(small)
  const title = `\`validate --category all\`, 1,000,000 rows, ${NAMES[database]}`
  return [
    {
      id: `validate ${database}`,
      title: `${title}, ${HEAVY_ROUNDS} rounds`,
      rows: rowsOfFigures(samples, 'time'),
    },
    {
      id: `validate memory ${database}`,
      title: `${title}, the process's most memory, ${HEAVY_ROUNDS} rounds`,
      unit: 'MB',
      rows: rowsOfFigures(samples, 'memory'),
    },
  ]
}

async function itself(
  database: Database,
  url: string,
  root: string,
): Promise<Record<string, number>> {
  if (database === 'postgres') {
    return { 'one scan of every table': (await inFreshProcess('scan', { url })).scanMs }
  }
  const checks = 'pragma integrity_check; pragma foreign_key_check'
  return {
    'integrity_check, foreign_key_check': await timeCommand(
      'sqlite3',
      [sqliteFile(url), checks],
      root,
    ),
  }
}

/** FossaWork's command, as a person runs it. */
async function command(
  folder: string,
  url: string,
  ...args: string[]
): Promise<{ ms: number; memory: number; stdout: string }> {
  const memoryFile = join(folder, 'memory')
  const teller = import.meta.resolve('../children/tell-memory.ts')
  const env = { ...process.env, DATABASE_URL: url, BENCH_MEMORY_FILE: memoryFile }
  const started = performance.now()
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', teller, fossaworkCommand(), ...args],
    {
      cwd: folder,
      env,
      maxBuffer: 1e8,
    },
  )
  const ms = performance.now() - started
  return { ms, memory: Number(readFileSync(memoryFile, 'utf8')), stdout }
}
