import { connect } from '../connection.ts'

/**
 * Writes what is in the WAL into the database and gives its room back, as far as others who read or write allow it at
 * this moment.
 */
export async function checkpoint(file: string): Promise<void> {
  const db = connect(file, 'mode=rw', 0)
  try {
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  } finally {
    db.close()
  }
}
