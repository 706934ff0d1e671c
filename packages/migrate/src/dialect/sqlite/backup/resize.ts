import { connect } from '../connection.ts'

/** Writes the database `file`, which is at rest, with pages of another size into `into`, which does not exist yet. */
export async function resize(file: string, into: string, pageSize: number): Promise<void> {
  const db = connect(file, 'mode=rw')
  try {
    db.exec(`PRAGMA page_size=${pageSize}`)
    // VACUUM itself would put its copy into the system's folder for temporary files
    db.prepare('VACUUM INTO ?').run(into)
  } finally {
    db.close()
  }
}
