import { getMigrationManager, runMigrationsOnStartup } from '@fossawork/database'

// the database is DATABASE_URL's, else sqlite:///./fossawork_v2.db; a failure is the script's failure
await runMigrationsOnStartup({ onFailure: 'throw' })

const { current, versions } = await getMigrationManager().getStatus()
console.log(`The database is at ${current}.`)
for (const { version, status, description } of versions) {
  console.log(`${status}  ${version}  ${description}`)
}
