import { createCli } from '@fossawork/migrate'
import { masterKey, migrationsFolder } from './config.ts'

/** The command `fossawork-db`, on DATABASE_URL's database, or on sqlite:///./fossawork_v2.db in the working folder. */
export const cli = createCli({
  name: 'fossawork-db',
  config: {
    migrations: migrationsFolder,
    masterKey,
  },
})
