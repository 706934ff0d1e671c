import { createCli } from '@fossawork/migrate'

// the database is DATABASE_URL's or --database's, else sqlite:///./fossawork_v2.db in the working folder
const cli = createCli({
  name: 'fossawork-db',
  config: { migrations: new URL('../migrations', import.meta.url) },
})

process.exitCode = await cli.run()
