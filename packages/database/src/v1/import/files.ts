import type { Work } from '@fossawork/migrate'
import { type Counts, noCounts, type OpenFile } from './open-file.ts'

const NAMES = ['read', 'imported', 'merged', 'unchanged', 'conflict', 'quarantined'] as const

export const FILE_COUNTS: readonly (keyof Counts)[] = NAMES

/** Keeps how far each file is, its latest records included. */
export async function writeFiles(
  work: Work,
  files: readonly OpenFile[],
  latest: ReadonlyMap<OpenFile, Counts>,
): Promise<void> {
  const counted = files.map((file) => {
    const more = latest.get(file) ?? noCounts()
    return { file, counts: NAMES.map((name) => file.counts[name] + more[name]) }
  })
  for (const { file, counts } of counted.filter(({ file }) => file.isKept)) {
    const assignments = NAMES.map((name, at) => `"${name}" = $${at + 2}`).join(', ')
    await work.query(`UPDATE v1_import_files SET ${assignments} WHERE id = $1`, [
      file.id,
      ...counts,
    ])
  }
  const added = counted.filter(({ file }) => !file.isKept)
  await work.insert(
    'v1_import_files',
    ['id', 'import_id', 'file', 'user_id', 'bytes', ...NAMES],
    added.map(({ file, counts }) => [
      file.id,
      file.importId,
      file.path,
      file.userId || null,
      file.bytes,
      ...counts,
    ]),
  )
}
