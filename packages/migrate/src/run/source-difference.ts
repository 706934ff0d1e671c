import { basename } from 'node:path'
import type { Session } from '../dialect/session.ts'
import { readSource } from '../journal/archive.ts'
import type { Journal, JournalRow } from '../journal/read.ts'
import { checksum, normalised } from '../migration/checksum.ts'
import type { MigrationFile } from '../migration/files.ts'

/**
 * How a file differs from what was applied, as a unified difference; null where its old text is not kept, and for a
 * built file, whose checksum is that of its source.
 */
export async function sourceDifference(
  session: Session,
  journal: Journal,
  row: JournalRow,
  file: MigrationFile,
): Promise<string | null> {
  if (!journal.isCurrent || row.checksum === null || checksum(file.source) !== file.checksum) {
    return null
  }
  const before = await readSource(session, row.checksum)
  if (before === null) return null
  const { createTwoFilesPatch, FILE_HEADERS_ONLY } = await import('diff')
  const name = basename(file.path)
  const now = normalised(file.source).toString()
  return createTwoFilesPatch(name, name, before, now, `applied ${row.appliedAt}`, 'now', {
    context: 3,
    headerOptions: FILE_HEADERS_ONLY,
  }).trimEnd()
}
