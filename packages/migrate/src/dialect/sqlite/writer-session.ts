import type { DatabaseSync } from 'node:sqlite'
import type { Session } from '../session.ts'
import { connectWriter, createPrivate } from './connection.ts'
import { type Around, sessionOn } from './session.ts'

/** The session that a run writes through. */
export interface WriterSession extends Session {
  /** The present connection. */
  readonly db: DatabaseSync
  /** Makes the connection anew where statements left something on it; not within a transaction. */
  restore(): void
}

// SQLite obeys a PRAGMA that EXPLAIN should only explain
const CHANGES_CONNECTION = new Set(['pragma', 'attach', 'detach', 'explain'])

/**
 * Creates `file` and opens it. Settings, attached databases and temporary tables belong to the connection: all of
 * them end with it, and there is no list of them to keep. `manyRows`: see `connectWriter`.
 */
export function writerSession(file: string, manyRows: boolean, around: Around): WriterSession {
  createPrivate(file)
  let db = connectWriter(file, manyRows)
  let changed = false
  let created = false

  const watched: Around = (keyword, act) => {
    if (CHANGES_CONNECTION.has(keyword)) changed = true
    else if (keyword === 'create') created = true
    return around(keyword, act)
  }
  let session = sessionOn(db, file, watched)

  return {
    get db() {
      return db
    },
    query: (sql, params) => session.query(sql, params),
    close() {
      changed = false
      created = false
      return session.close()
    },
    restore() {
      if (!changed && !created) return
      if (db.isOpen && db.isTransaction) return
      if (changed || hasTemporary(db)) {
        // closed first: it may hold the whole database
        if (db.isOpen) db.close()
        changed = true
        db = connectWriter(file, manyRows)
        session = sessionOn(db, file, watched)
      }
      changed = false
      created = false
    },
  }
}

/** The temporary database is there from the first thing that is made in it. */
const hasTemporary = (db: DatabaseSync): boolean =>
  db
    .prepare('PRAGMA database_list')
    .all()
    .some(({ name }) => name === 'temp')
