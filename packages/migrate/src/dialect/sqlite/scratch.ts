import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Dialect, Scratch } from '../port.ts'

/** An empty database in a folder of its own, which only this user may enter. */
export async function createScratch(open: (file: string) => Dialect): Promise<Scratch> {
  const folder = await mkdtemp(join(tmpdir(), 'migrate-scratch-'))
  return {
    dialect: open(join(folder, 'scratch.db')),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
