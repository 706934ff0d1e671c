import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Dialect } from '../dialect/port.ts'
import { errno } from '../file-system.ts'
import type { Finding } from '../finding.ts'
import { TIERS } from './catalogue/manifest.ts'
import { removeAbandoned } from './files.ts'

/**
 * Removes what killed processes left half written, which may be copies of the whole database in clear: in the backups'
 * folder and in those within it, and beside a SQLite database. Says what could not be removed; throws nothing for it.
 */
export async function sweep(
  folder: string,
  { home, backup }: Pick<Dialect, 'home' | 'backup'>,
): Promise<Finding[]> {
  const findings: Finding[] = []
  const trying = async (place: string, remove: () => Promise<void>): Promise<void> => {
    await remove().catch((error) => findings.push(notRemoved(place, error)))
  }
  await trying(folder, async () => {
    for (const place of await within(folder)) await trying(place, () => removeAbandoned(place))
  })
  if (backup.restoreFolder !== null) {
    await trying(home, () => removeAbandoned(home))
    await trying(home, () => backup.removeAbandoned())
  }
  return findings
}

/** The folder, its tiers, which may be links to other disks, and what else stands in it: archives. */
async function within(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error) => {
    if (errno(error) === 'ENOENT') return []
    throw error
  })
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  return ['', ...new Set([...TIERS, ...folders])].map((name) => join(folder, name))
}

const notRemoved = (place: string, error: Error): Finding => ({
  code: 'LEFTOVER',
  severity: 'warning',
  message: `What killed runs may have left in ${place} could not be removed: ${error.message}.`,
  at: { file: place },
  fix: 'Give this user the right to read and write there. What is left ends in .tmp, and may be a copy of the database.',
})
