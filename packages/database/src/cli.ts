import { createCli } from '@fossawork/migrate'
import { project } from './config.ts'

/** The command `fossawork-db`, on DATABASE_URL's database, or on sqlite:///./fossawork_v2.db in the working folder. */
export const cli = createCli({
  name: 'fossawork-db',
  config: project,
  commands: {
    'import-v1': () => import('./commands/import-v1.ts'),
    'encrypt-credentials': () => import('./commands/encrypt-credentials.ts'),
  },
})
