import type { Work } from '@fossawork/migrate'
import { FILE_COUNTS } from './files.ts'
import type { Counts } from './open-file.ts'

/** Says in the books that the import came to its end, and to what. */
export async function finishImport(work: Work, id: string, totals: Counts): Promise<void> {
  const assignments = FILE_COUNTS.map((name, at) => `"${name}" = $${at + 3}`).join(', ')
  await work.transaction(() =>
    work.query(
      `UPDATE v1_imports SET status = 'done', finished_at = $2, ${assignments} WHERE id = $1`,
      [id, new Date().toISOString(), ...FILE_COUNTS.map((name) => totals[name])],
    ),
  )
}
