import { createPostgresDialect } from '../../src/dialect/postgres/dialect.ts'
import { COPY } from './restore-support.ts'
import { targetOf } from './setup.ts'

/** Backs a database up. Arguments: its URL, the file. */
const [url = '', file = ''] = process.argv.slice(2)
await createPostgresDialect(targetOf(url)).backup.copy(file, COPY)
