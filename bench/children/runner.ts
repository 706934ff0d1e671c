import { pathToFileURL } from 'node:url'
import { installedPackage } from '../package.ts'

/** Migrates, and prints each step of the way with the time: `lock.acquired 1764000000000`. */
const [folder, url] = process.argv.slice(2) as [string, string]
const library: typeof import('../../packages/migrate/src/index.ts') = await import(
  pathToFileURL(installedPackage().entry).href
)
const migrator = await library.createMigrator({
  config: { databaseUrl: url, migrations: folder, backup: 'off' },
  on: ({ type }) => void process.stdout.write(`${type} ${Date.now()}\n`),
})
await migrator.migrate()
