import type { DatabaseSync } from 'node:sqlite'
import { MigrateError } from '../../../errors.ts'
import { connect, pragma } from '../connection.ts'

/**
 * Refuses to write a database over one whose text is in another encoding: whoever has that one open keeps to the
 * encoding that it met first, and could read nothing any more. SQLite cannot change a database's encoding, nor can
 * VACUUM. Throws RESTORE_FAILED.
 */
export function assertSameEncoding(live: DatabaseSync, liveFile: string, file: string): void {
  // an empty one has none yet
  if (pragma(live, 'page_count') === 0) return
  const db = connect(file, 'immutable=1')
  const [restored, present] = [pragma(db, 'encoding'), pragma(live, 'encoding')]
  db.close()
  if (restored === present) return
  throw new MigrateError('RESTORE_FAILED', {
    message: `The backup's text is in ${restored}, that of ${liveFile} in ${present}: programs that have it open could not read on. Nothing was changed.`,
    hint: 'Stop all programs that use the database, then pass --force; or move it away first.',
  })
}
