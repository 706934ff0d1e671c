import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, extname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { installedPackage } from '../package.ts'
import type { Database, Migrate } from './peer.ts'

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

/** The verbs, the dialect, Kysely and the driver: ours are loaded when they are used, the peers' at their import. */
export async function ready(database: Database): Promise<void> {
  const { entry } = installedPackage()
  const folder = dirname(entry)
  const used = ['run', 'plan', 'migration', 'journal', 'schema', 'sql', `dialect/${database}`]
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (extname(name) === extname(entry) && used.includes(dirname(name))) {
      await import(pathToFileURL(join(folder, name)).href)
    }
  }
  const { resolve } = createRequire(entry)
  for (const name of database === 'postgres' ? ['kysely', 'pg'] : ['kysely']) {
    await import(pathToFileURL(resolve(name)).href)
  }
}
