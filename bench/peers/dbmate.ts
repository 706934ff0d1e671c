import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { promisify } from 'node:util'
import { type Database, type Peer, sqliteFile } from './peer.ts'

/** The bare Go binary, without the Node process that npm's wrapper puts before it. */
export const dbmateBinary = (): string =>
  createRequire(import.meta.resolve('dbmate')).resolve(
    `@dbmate/${process.platform}-${process.arch}/bin/dbmate`,
  )

/** dbmate's arguments that name the database and the migrations; its schema dump is left out. */
export const dbmateArguments = (database: Database, folder: string, url: string): string[] => [
  '--url',
  database === 'sqlite' ? `sqlite:${sqliteFile(url)}` : `${url}?sslmode=disable`,
  '--migrations-dir',
  folder,
  '--no-dump-schema',
]

/** Its default: each migration in a transaction of its own. Measured as a process, since it is one. */
export const peer: Peer = {
  name: 'dbmate',
  databases: ['sqlite', 'postgres'],
  format: 'dbmate',
  async load(database) {
    return async (folder, url) => {
      await promisify(execFile)(dbmateBinary(), [
        ...dbmateArguments(database, folder, url),
        'migrate',
      ])
    }
  },
}
