import { asMigrateError, MigrateError } from '../../errors.ts'
import type { Mending } from './mending.ts'

/** What the database refuses, where another attempt may be taken; after anything else the transaction is over. */
const REFUSALS: ReadonlySet<string> = new Set<MigrateError['code']>([
  'STATEMENT_FAILED',
  'DUPLICATE_ROW',
  'FOREIGN_KEY_VIOLATION',
  'ROWS_LOST',
  'PERMISSION_DENIED',
  'SCHEMA_CONFLICT',
])

/** What a part of a transaction came to. */
export type Attempt<T> = { readonly done: T } | { readonly refused: MigrateError }

/** Runs a part of the open transaction by itself: what is refused leaves nothing behind, and the rest goes on. */
export async function attempt<T>(
  { writer, dialect }: Mending,
  body: () => Promise<T>,
): Promise<Attempt<T>> {
  await writer.query('SAVEPOINT mend')
  try {
    const done = await body()
    // what is deferred to COMMIT would be refused there, and all the rest with it
    if (dialect.name === 'postgres') await writer.query('SET CONSTRAINTS ALL IMMEDIATE')
    await writer.query('RELEASE SAVEPOINT mend')
    return { done }
  } catch (thrown) {
    const refused = asMigrateError(thrown)
    if (!REFUSALS.has(refused.code)) throw thrown
    await writer.query('ROLLBACK TO SAVEPOINT mend').catch(() => {
      throw takenBack(refused)
    })
    await writer.query('RELEASE SAVEPOINT mend')
    return { refused }
  }
}

/** SQLite's RAISE(ROLLBACK) leaves no transaction to go on with. */
const takenBack = ({ code, message, cause }: MigrateError): MigrateError =>
  new MigrateError(code, {
    message: `What refused one thing has taken back everything: ${message}`,
    hint: 'Let the trigger say RAISE(ABORT) in place of RAISE(ROLLBACK), then run it again.',
    cause,
  })
