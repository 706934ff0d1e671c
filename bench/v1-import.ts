import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { fossaworkCommand } from './package.ts'

/** What `import-v1 --json` says of its time, in milliseconds. */
export interface ImportTimings {
  readonly hashMs: number
  readonly reconcileMs: number
  readonly totalMs: number
}

export interface Imported {
  readonly timings: ImportTimings
  /** The most memory that the command's process had, in MB. */
  readonly memory: number
}

/** Migrates the empty database of that URL, then imports a V1 directory into it, without archive and backup. */
export type Importer = (url: string, tree: string) => Promise<Imported>

/** Imports with FossaWork's command, as a person would, each in a process of its own, with a master key below `root`. */
export async function openImporter(root: string): Promise<Importer> {
  const folder = mkdtempSync(join(root, 'import-'))
  const key = join(folder, 'master.key')
  const memoryFile = join(folder, 'memory')
  const teller = import.meta.resolve('./children/tell-memory.ts')
  const run = async (url: string, ...args: string[]): Promise<string> => {
    const command = ['--import', teller, fossaworkCommand(), ...args]
    const env = {
      ...process.env,
      DATABASE_URL: url,
      FOSSAWORK_MASTER_KEY_FILE: key,
      BENCH_MEMORY_FILE: memoryFile,
    }
    const options = { cwd: folder, env, maxBuffer: MAX_OUTPUT }
    return (await promisify(execFile)(process.execPath, command, options)).stdout
  }
  await run(`sqlite:///${join(folder, 'none.db')}`, 'keys', 'generate', '--file', key)
  return async (url, tree) => {
    await run(url, 'migrate', '--no-backup')
    const switches = ['--no-archive', '--no-backup', '--json']
    const { timings } = JSON.parse(await run(url, 'import-v1', '--v1-data', tree, ...switches))
    return { timings, memory: Number(readFileSync(memoryFile, 'utf8')) }
  }
}

/** The report names files. */
const MAX_OUTPUT = 1e8
