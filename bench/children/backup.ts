import { performance } from 'node:perf_hooks'
import { pathToFileURL } from 'node:url'
import type { BackupPhase } from '../../packages/migrate/src/events.ts'
import { peakMemory } from '../memory.ts'
import { installedPackage } from '../package.ts'

/** What this process does, as JSON in its one argument. */
export interface BackupJob {
  readonly url: string
  /** Where the backup goes. */
  readonly folder: string
  readonly compression: 'none' | 'zstd'
}

/** What it prints: milliseconds, but for the last two. */
export interface BackupTiming {
  /** Without the verification. */
  readonly making: number
  readonly verifying: number
  /** From a phase's first report to the next phase's, or to the end. */
  readonly phases: Readonly<Partial<Record<BackupPhase, number>>>
  /** What was stored. */
  readonly bytes: number
  /** The most memory that this process had, in MB. */
  readonly memory: number
}

const { url, folder, compression }: BackupJob = JSON.parse(process.argv[2] ?? '')
const library: typeof import('../../packages/migrate/src/index.ts') = await import(
  pathToFileURL(installedPackage().entry).href
)

const phases: Partial<Record<BackupPhase, number>> = {}
let current: BackupPhase | null = null
let since = 0
let finished: Omit<BackupTiming, 'memory'> | null = null

function turn(phase: BackupPhase | null): void {
  if (phase === current) return
  const now = performance.now()
  if (current) phases[current] = (phases[current] ?? 0) + now - since
  current = phase
  since = now
}

const migrator = await library.createMigrator({
  config: {
    databaseUrl: url,
    migrations: folder,
    backupDir: folder,
    backupCompression: compression,
  },
  on(event) {
    if (event.type === 'backup.progress') turn(event.phase)
    if (event.type !== 'backup.finished') return
    turn(null)
    const { bytes, durationMs, verifyMs } = event
    finished = { making: durationMs - verifyMs, verifying: verifyMs, phases, bytes }
  },
})
await migrator.backup()
if (!finished) throw new Error('No backup was finished.')
process.stdout.write(JSON.stringify({ ...(finished as object), memory: peakMemory() }))
