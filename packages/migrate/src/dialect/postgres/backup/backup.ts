import type { BackupPort, Dialect } from '../../port.ts'
import { connect, type PostgresTarget, UNLIMITED } from '../connection.ts'
import { readRows } from './content.ts'
import { dump } from './dump.ts'
import { prepare } from './prepare.ts'
import { discardPrevious, previousDatabases, previousNotes } from './previous.ts'
import { readRaw } from './raw.ts'
import { restoreState } from './restore-state.ts'
import { readDataBytes, readServer } from './server.ts'
import { chooseDump, chooseNewest, findTools, toolFolders } from './tools.ts'

/**
 * Backups with pg_dump in its custom format, restored into a database of their own that then takes the live one's
 * name; `folders` are searched for the programs.
 */
export function createBackup(
  target: PostgresTarget,
  dialectFor: (target: PostgresTarget) => Dialect,
  folders: readonly string[] = toolFolders(),
): Omit<BackupPort, 'extension' | 'restoreFolder'> {
  return {
    async probe() {
      const connection = await connect(target, 'migrate-backup', UNLIMITED)
      try {
        const server = await readServer(connection)
        chooseDump(await findTools('pg_dump', folders), server)
        await chooseNewest('pg_restore', folders)
        const bytes = await readDataBytes(connection)
        return { serverVersion: server.version, bytes, growth: 0, staged: false }
      } finally {
        await connection.close()
      }
    },
    copy: async (file, options) => ({
      content: await dump(target, file, options, folders),
      read: null,
    }),
    read: (raw, signal) => readRaw(raw, signal, folders),
    rows: () => readRows(target),
    restoreState: () => restoreState(target),
    prepare: (raw, options) => prepare(target, raw, options, dialectFor, folders),
    // databases of their own, which others see; the next restore drops them
    async removeAbandoned() {},
    previous: () => previousDatabases(target),
    previousNotes: (name) => previousNotes(target, name),
    discardPrevious: (name) => discardPrevious(target, name),
  }
}
