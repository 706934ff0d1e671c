import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { BackupJob, BackupTiming } from './children/backup.ts'
import { inFreshProcess } from './measure.ts'

/** Makes a backup with ours, and removes it: a case makes more of them than a disk may hold. */
export async function backUp(
  root: string,
  job: Pick<BackupJob, 'url' | 'compression'>,
): Promise<BackupTiming> {
  const folder = join(root, 'backups')
  const timing = await inFreshProcess('backup', { ...job, folder })
  rmSync(folder, { recursive: true })
  return timing
}

const COMMIT_EVERY_MS = 15

/** Does something while another process commits to the SQLite database every 15 ms. */
export async function besideWriter<T>(file: string, act: () => Promise<T>): Promise<T> {
  const script = fileURLToPath(import.meta.resolve('./children/writer.ts'))
  const writer = spawn(process.execPath, [script, file, String(COMMIT_EVERY_MS)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = once(writer, 'exit')
  const lines = createInterface(writer.stdout)[Symbol.asyncIterator]()
  try {
    await lines.next()
    const started = performance.now()
    const result = await act()
    const due = (performance.now() - started) / COMMIT_EVERY_MS
    writer.stdin.end()
    const commits = Number((await lines.next()).value)
    // half: a machine that is busy delays its timer
    if (!(commits >= due / 2)) throw new Error(`The writer committed ${commits} of ${due} times.`)
    return result
  } finally {
    writer.stdin.end()
    await ended
  }
}
