import { chown, readdir } from 'node:fs/promises'
import { join } from 'node:path'

const NOBODY = 65_534

/** Does something as a user whom permissions bind: root may read and write everything. */
export async function asPlainUser(folder: string, work: () => Promise<void>): Promise<void> {
  if (process.getuid?.() !== 0) return work()
  for (const name of ['', ...(await readdir(folder, { recursive: true }))]) {
    await chown(join(folder, name), NOBODY, NOBODY)
  }
  process.seteuid?.(NOBODY)
  try {
    await work()
  } finally {
    process.seteuid?.(0)
  }
}
