import { createCli } from '@fossawork/migrate'
import { migrationsFolder } from './config.ts'

// the database is DATABASE_URL's or --database's, else sqlite:///./fossawork_v2.db in the working folder
const cli = createCli({
  name: 'fossawork-db',
  config: { migrations: migrationsFolder },
})

process.exitCode = await cli.run()
