import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { BackupJob, BackupTiming } from './children/backup.ts'
import type { CeilingJob } from './children/ceiling.ts'
import type { DriftJob, DriftTiming } from './children/drift.ts'
import type { MigrateJob, MigrateTiming } from './children/migrate.ts'
import type { PlanJob, PlanTiming } from './children/plan.ts'
import type { ScanJob, ScanTiming } from './children/scan.ts'
import type { Ceiling } from './v1-tree/ceiling.ts'

/** One line of a table, in its unit. */
export interface Row {
  readonly name: string
  readonly min: number
  readonly median: number
  readonly max: number
}

export interface Contender<T> {
  readonly name: string
  measure(): Promise<T>
}

/**
 * Measures A B C, then B C A, and so on: what the machine does meanwhile meets all alike, and none always comes
 * after the same other.
 */
export async function interleave<T>(
  contenders: readonly Contender<T>[],
  rounds: number,
): Promise<Map<string, T[]>> {
  const samples = new Map(contenders.map(({ name }) => [name, [] as T[]]))
  for (let round = 0; round < rounds; round += 1) {
    const first = round % contenders.length
    for (const contender of [...contenders.slice(first), ...contenders.slice(0, first)]) {
      samples.get(contender.name)?.push(await contender.measure())
    }
  }
  return samples
}

/** The samples' rows, the fastest first. */
export function rowsOf<T>(samples: ReadonlyMap<string, T[]>, ms: (sample: T) => number): Row[] {
  return rank([...samples].map(([name, measured]) => summarise(name, measured.map(ms))))
}

/** What one measurement gives at once: numbers for several tables, each with the name of its row there. */
export type Figures<K extends string> = {
  readonly [table in K]?: Readonly<Record<string, number>>
}

/** The rows of one of the tables, the least first. */
export function rowsOfFigures<K extends string>(
  samples: ReadonlyMap<string, Figures<K>[]>,
  table: K,
): Row[] {
  const figures = [...samples.values()]
    .flat()
    .flatMap((sample) => Object.entries(sample[table] ?? {}))
  const named = Map.groupBy(figures, ([name]) => name)
  return rank(
    [...named].map(([name, found]) =>
      summarise(
        name,
        found.map(([, value]) => value),
      ),
    ),
  )
}

const rank = (rows: readonly Row[]): Row[] => rows.toSorted((a, b) => a.median - b.median)

function summarise(name: string, samples: readonly number[]): Row {
  const sorted = samples.toSorted((a, b) => a - b)
  const at = (position: number) => sorted[position] ?? Number.NaN
  const middle = (sorted.length - 1) / 2
  const median = (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2
  return { name, min: at(0), median, max: at(sorted.length - 1) }
}

/** The processes that measure something inside themselves: what each is given, and what it prints. */
interface Children {
  backup: { job: BackupJob; timing: BackupTiming }
  ceiling: { job: CeilingJob; timing: Ceiling }
  drift: { job: DriftJob; timing: DriftTiming }
  migrate: { job: MigrateJob; timing: MigrateTiming }
  plan: { job: PlanJob; timing: PlanTiming }
  scan: { job: ScanJob; timing: ScanTiming }
}

/** Measures in a process of its own, so that no other run's modules or compiled code help. */
export async function inFreshProcess<K extends keyof Children>(
  kind: K,
  job: Children[K]['job'],
): Promise<Children[K]['timing']> {
  const child = fileURLToPath(import.meta.resolve(`./children/${kind}.ts`))
  const { stdout } = await promisify(execFile)(process.execPath, [child, JSON.stringify(job)])
  return JSON.parse(stdout)
}

/** How long a command takes from its start to its end, in milliseconds. Throws where it fails. */
export async function timeCommand(
  command: string,
  args: readonly string[],
  folder: string,
): Promise<number> {
  const started = performance.now()
  const child = spawn(command, args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
  const [status] = await once(child, 'exit')
  const elapsed = performance.now() - started
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}.`)
  return elapsed
}
