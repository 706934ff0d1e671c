import { pathToFileURL } from 'node:url'
import { installedPackage } from '../package.ts'
import type { Migrate } from './peer.ts'

/**
 * Ours: each migration in a transaction of its own with its journal row and its checksum; SQLite in WAL with
 * synchronous=FULL. No backup, since no peer takes one.
 */
export async function load(): Promise<Migrate> {
  const { entry } = installedPackage()
  const library: typeof import('../../packages/migrate/src/index.ts') = await import(
    pathToFileURL(entry).href
  )
  return async (migrations, databaseUrl) => {
    const config = { databaseUrl, migrations, backup: 'off' as const }
    const migrator = await library.createMigrator({ config })
    await migrator.migrate()
  }
}
