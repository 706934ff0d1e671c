import { createMigrator } from '@fossawork/migrate'
import { masterKey, migrationsFolder } from '../../src/config.ts'
import { encryptCredentials } from '../../src/credentials/encrypt.ts'
import { rotateCredentials } from '../../src/credentials/rotate.ts'

/** Encrypts or rotates, and is killed at a given progress event of a phase. */
const [verb, databaseUrl = '', keyFile = '', phase, nth] = process.argv.slice(2)
let seen = 0
const migrator = await createMigrator({
  config: { databaseUrl, migrations: migrationsFolder, masterKey, backup: 'off' },
  env: { [masterKey.file]: keyFile },
  on(event) {
    if (event.type !== 'work.progress' || event.phase !== phase) return
    if (++seen === Number(nth)) process.kill(process.pid, 'SIGKILL')
  },
})
await (verb === 'rotate' ? rotateCredentials(migrator, { keyFile }) : encryptCredentials(migrator))
