import { performance } from 'node:perf_hooks'
import type { Database, Peer } from '../peers/peer.ts'

/** What this process does, as JSON in its one argument. */
export interface MigrateJob {
  /** The peer's name, which is its file's. */
  readonly peer: string
  readonly database: Database
  readonly folder: string
  readonly url: string
  /** Whether there is something to do: then everything is loaded before the clock starts. */
  readonly ready: boolean
}

/** What it prints, in milliseconds. */
export interface MigrateTiming {
  /** Importing the tool and its driver. */
  readonly load: number
  /** Connecting, migrating, closing. */
  readonly run: number
}

const job: MigrateJob = JSON.parse(process.argv[2] ?? '')
const started = performance.now()
const { peer }: { peer: Peer } = await import(`../peers/${job.peer}.ts`)
const migrate = await peer.load(job.database)
if (job.ready) await peer.ready?.(job.database)
const loaded = performance.now()
await migrate(job.folder, job.url)
const timing: MigrateTiming = { load: loaded - started, run: performance.now() - loaded }
process.stdout.write(JSON.stringify(timing))
