import { mock } from 'node:test'
import { createMigrator } from '../../../packages/migrate/src/migrator.ts'

// Backs the SQLite file that is named up once a day, as it would have been from one day to another in the past.
const [file, from = '', to = ''] = process.argv.slice(2)
const migrator = await createMigrator({
  config: { migrations: '.', databaseUrl: `sqlite:///./${file}`, backupKeep: 'all' },
})
mock.timers.enable({ apis: ['Date'] })
for (let at = Date.parse(from); at <= Date.parse(to); at += 86_400_000) {
  mock.timers.setTime(at)
  await migrator.backup()
}
