import { dirname } from 'node:path'
import type { DatabaseTarget } from '../../config/database-url.ts'
import type { Dialect } from '../port.ts'
import { sqliteBackup } from './backup.ts'
import { connectReader, databaseExists } from './connection.ts'
import { dropStatements } from './drop.ts'
import { introspect, tableNames } from './introspect.ts'
import { acquireLock, breakLock, lockHolder } from './lock.ts'
import { createScratch } from './scratch.ts'
import { sessionOn } from './session.ts'
import { openWriter } from './writer.ts'

/** SQLite through node:sqlite. */
export function createSqliteDialect({
  file,
  location,
}: Extract<DatabaseTarget, { dialect: 'sqlite' }>): Dialect {
  return {
    name: 'sqlite',
    location,
    home: dirname(file),
    journalTypes: { identity: 'INTEGER PRIMARY KEY AUTOINCREMENT', timestamp: 'TEXT' },
    exists: async () => databaseExists(file),
    openReader: async () => sessionOn(connectReader(file), file),
    openWriter: async () => openWriter(file),
    acquireLock: (request) => acquireLock(file, request),
    lockHolder: () => lockHolder(file),
    breakLock: () => breakLock(file),
    tableNames,
    introspect,
    dropStatements,
    backup: sqliteBackup(file),
    scratch: () =>
      createScratch((path) =>
        createSqliteDialect({ dialect: 'sqlite', file: path, location: path }),
      ),
  }
}
