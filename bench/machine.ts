import { closeSync, fsyncSync, mkdirSync, openSync, statfsSync, writeSync } from 'node:fs'
import os from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'

const TMPFS = 0x01021994

/** What the numbers were measured on, in one line: two things above all, a commit to the disk and a new file. */
export function describeMachine(folder: string): string {
  const cpus = os.cpus()
  const { fsync, create } = probeDisk(folder)
  return [
    `${cpus.length} × ${cpus[0]?.model.trim()}`,
    `${Math.round(os.totalmem() / 2 ** 30)} GiB`,
    `${os.type()} ${os.arch()}`,
    `Node ${process.versions.node}`,
    statfsSync(folder).type === TMPFS ? '**databases in memory: set TMPDIR**' : 'databases on disk',
    `fsync ${fsync.toFixed(2)} ms`,
    `a new file ${create.toFixed(3)} ms`,
  ].join(', ')
}

/** Mean milliseconds of a write with fsync, and of creating a file. */
function probeDisk(folder: string): { fsync: number; create: number } {
  const probes = join(folder, 'probes')
  mkdirSync(probes)
  const create = mean(200, (i) => closeSync(openSync(join(probes, String(i)), 'wx')))
  const file = openSync(join(probes, 'fsync'), 'wx')
  const fsync = mean(100, () => {
    writeSync(file, 'x')
    fsyncSync(file)
  })
  closeSync(file)
  return { fsync, create }
}

function mean(times: number, act: (i: number) => void): number {
  const started = performance.now()
  for (let i = 0; i < times; i += 1) act(i)
  return (performance.now() - started) / times
}
