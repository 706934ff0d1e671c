import type { TransactionSettings } from 'kysely'
import { kyselyOn } from '../kysely.ts'
import type { KyselyLease, Session } from '../session.ts'

/** A Kysely that writes SQL for PostgreSQL and runs it on `session`. */
export const postgresKysely = (
  session: Session,
  inTransaction: () => boolean,
): Promise<KyselyLease> =>
  kyselyOn(session, ({ PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler }) => ({
    createAdapter: () => new PostgresAdapter(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
    inTransaction,
    begin: startTransaction,
  }))

const startTransaction = ({ isolationLevel, accessMode }: TransactionSettings): string =>
  ['start transaction', isolationLevel && `isolation level ${isolationLevel}`, accessMode]
    .filter(Boolean)
    .join(' ')
