import { createMigrator } from '@fossawork/migrate'
import { masterKey, project } from '../../../src/config.ts'
import { importV1 } from '../../../src/v1/import/import.ts'

/** Imports a V1 directory; says when it holds the lock, and at its end what came of it. */
const [databaseUrl = '', keyFile = '', backupDir = '', v1Data = ''] = process.argv.slice(2)
const migrator = await createMigrator({
  config: { ...project, databaseUrl, backup: 'off', backupDir, validateAfter: 'off' },
  env: { [masterKey.file]: keyFile },
  on(event) {
    if (event.type === 'lock.acquired') process.stdout.write('begins\n')
  },
})
const cost = { memory: 8, passes: 1, parallelism: 1 }
const { report } = await importV1(migrator, { v1Data, cost })
process.stdout.write(JSON.stringify(report))
