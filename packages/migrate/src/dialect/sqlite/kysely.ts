import { kyselyOn } from '../kysely.ts'
import type { KyselyLease, Session } from '../session.ts'

/** A Kysely that writes SQL for SQLite and runs it on `session`. */
export const sqliteKysely = (
  session: Session,
  inTransaction: () => boolean,
): Promise<KyselyLease> =>
  kyselyOn(session, ({ SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler }) => ({
    createAdapter: () => new SqliteAdapter(),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createIntrospector: (kysely) => new SqliteIntrospector(kysely),
    inTransaction,
    begin: () => 'begin immediate',
  }))
