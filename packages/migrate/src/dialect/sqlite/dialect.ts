import { dirname, resolve } from 'node:path'
import type { DatabaseTarget } from '../../config/database-url.ts'
import { lazyBackup } from '../lazy-backup.ts'
import type { Dialect } from '../port.ts'
import { connectReader, databaseExists } from './connection.ts'
import { databaseFiles } from './database-files.ts'
import { dropStatements } from './drop.ts'
import { realFile } from './real-file.ts'
import { sessionOn } from './session.ts'
import { tableNames } from './table-names.ts'

/** SQLite through node:sqlite. What a start with nothing to do does not need is loaded when it is used. */
export function createSqliteDialect(
  target: Extract<DatabaseTarget, { dialect: 'sqlite' }>,
): Dialect {
  // links may change while the process lives: one run has one file
  const file = realFile(target.file)
  const open = (path: string): Dialect =>
    createSqliteDialect({ dialect: 'sqlite', file: path, location: path })
  const backup = async () => (await import('./backup/backup.ts')).createBackup(file, open)
  const lock = () => import('./lock.ts')
  return {
    name: 'sqlite',
    location: target.location,
    identity: resolve(file),
    home: dirname(file),
    files: databaseFiles(file),
    // the rowid itself: no index, and no second table that remembers the last number
    journalTypes: {
      identity: 'INTEGER PRIMARY KEY',
      sequence: 'INTEGER PRIMARY KEY',
      timestamp: 'TEXT',
      bytes: 'BLOB',
      widenVersion: null,
    },
    logGuard: async () => (await import('./log-guard.ts')).logGuard,
    // a temporary table of the same name comes first otherwise
    journalPrefix: async () => 'main.',
    exists: async () => databaseExists(file),
    openReader: async () => sessionOn(connectReader(file), file),
    openWriter: async (options) =>
      (await import('./writer.ts')).openWriter(file, options.manyRows ?? false),
    acquireLock: async (request) => (await lock()).acquireLock(file, request),
    lockHolder: async () => (await lock()).lockHolder(file),
    breakLock: async () => (await lock()).breakLock(file),
    tableNames,
    introspect: async (session) => (await import('./introspect.ts')).introspect(session),
    introspectAccess: async () => [],
    dropStatements,
    createStatements: async (facts) => (await import('./create.ts')).createStatements(facts),
    undo: async (difference, stage) => (await import('./undo.ts')).undo(difference, stage),
    renameStatements: async (from, to) => (await import('./rename.ts')).renameStatements(from, to),
    roles: async () => null,
    soundness: async () => (await import('./soundness.ts')).soundness,
    backup: lazyBackup({ extension: 'db', restoreFolder: dirname(file) }, backup),
    emergency: async () => (await import('./emergency.ts')).emergency,
    scratch: async () => (await import('./scratch.ts')).createScratch(open),
  }
}
