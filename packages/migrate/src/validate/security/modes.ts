import { stat } from 'node:fs/promises'
import { errno } from '../../file-system.ts'

/** What others than the owner and the group may do. */
export const READ = 0o004
export const WRITE = 0o002
export const OTHERS = 0o007

export interface FileMode {
  readonly path: string
  readonly mode: number
}

/** The modes of those files, or folders, that are there. */
export async function modesOf(paths: readonly string[]): Promise<FileMode[]> {
  const found = await Promise.all(paths.map(async (path) => ({ path, mode: await modeOf(path) })))
  return found.flatMap(({ path, mode }) => (mode === null ? [] : [{ path, mode }]))
}

async function modeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).mode & 0o7777
  } catch (thrown) {
    // a WAL comes and goes
    if (errno(thrown) === 'ENOENT') return null
    throw thrown
  }
}

/** As `chmod` takes it: `0644`. */
export const octal = (mode: number): string => (mode & 0o777).toString(8).padStart(4, '0')
