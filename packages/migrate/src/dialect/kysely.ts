import type {
  DatabaseConnection,
  DatabaseIntrospector,
  DialectAdapter,
  Driver,
  Kysely,
  QueryCompiler,
  TransactionSettings,
} from 'kysely'
import { MigrateError } from '../errors.ts'
import type { KyselyLease, Session } from './session.ts'

/** What of a Kysely dialect differs from one database to the other. */
export interface KyselyParts {
  createAdapter(): DialectAdapter
  createQueryCompiler(): QueryCompiler
  createIntrospector(db: Kysely<any>): DatabaseIntrospector
  /** Whether the session has a transaction open now. */
  inTransaction(): boolean
  /** The statement that begins a transaction of its own, where none is open. */
  begin(settings: TransactionSettings): string
}

/**
 * A Kysely that runs everything on one existing session; `destroy()` leaves the session open. Inside a
 * transaction `db.transaction()` becomes a savepoint, outside it a transaction. Kysely itself is loaded
 * here, at the first call, since that takes 95 ms; `parts` gets the loaded module.
 */
export async function kyselyOn(
  session: Session,
  parts: (kysely: typeof import('kysely')) => KyselyParts,
): Promise<KyselyLease> {
  const kysely = await import('kysely')
  const own = parts(kysely)
  const leased = leaseOf(session)
  const db = new kysely.Kysely<any>({
    dialect: {
      createDriver: () => driverOn(leased.session, own),
      createAdapter: () => sharing(own.createAdapter()),
      createQueryCompiler: () => own.createQueryCompiler(),
      createIntrospector: (kysely) => own.createIntrospector(kysely),
    },
  })
  return { db, end: leased.end }
}

/** `session` for as long as a step runs. */
function leaseOf(session: Session): { session: Session; end(): Promise<void> } {
  let underWay = 0
  let state: 'open' | 'ending' | 'ended' = 'open'
  let late = false
  const query: Session['query'] = async (sql, params) => {
    if (state === 'ended') throw notAwaited()
    if (state === 'ending') late = true
    underWay++
    try {
      return await session.query(sql, params)
    } finally {
      underWay--
    }
  }
  return {
    session: { query, close: () => session.close() },
    async end() {
      state = 'ending'
      late ||= underWay > 0
      // what goes on without being awaited asks for its next query by then
      await new Promise((resolve) => setImmediate(resolve))
      state = 'ended'
      if (late) throw notAwaited()
    },
  }
}

const notAwaited = (): MigrateError =>
  new MigrateError('STATEMENT_FAILED', {
    message:
      'The migration returned before its queries were done, so they would not belong to its step.',
    hint: 'Await every query; use for … of rather than forEach with an async function.',
  })

/**
 * Kysely keeps a mutex around a database that has only one connection, and a query on `db` inside
 * `db.transaction()` then waits for ever. Here such a query is simply part of the transaction.
 */
const sharing = (adapter: DialectAdapter): DialectAdapter =>
  Object.create(adapter, { supportsMultipleConnections: { value: true } })

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

function driverOn(session: Session, parts: KyselyParts): Driver {
  // the transactions that are open on the session, innermost last
  const open: { readonly by: DatabaseConnection; readonly savepoint: string | null }[] = []
  let counter = 0

  const run = async (sql: string): Promise<void> => {
    await session.query(sql)
  }

  return {
    async init() {},
    async acquireConnection() {
      return connectionOn(session)
    },
    async beginTransaction(connection, settings) {
      const inside = open.length > 0 || parts.inTransaction()
      const savepoint = inside ? `kysely_${++counter}` : null
      await run(savepoint ? `savepoint ${savepoint}` : parts.begin(settings))
      open.push({ by: connection, savepoint })
    },
    async commitTransaction(connection) {
      const last = open.at(-1)
      if (last?.by !== connection) throw overlapping()
      // PostgreSQL answers COMMIT of a failed transaction with a silent ROLLBACK; this fails instead
      await run('select 1')
      await run(last.savepoint ? `release savepoint ${last.savepoint}` : 'commit')
      open.pop()
    },
    async rollbackTransaction(connection) {
      const index = open.findIndex((transaction) => transaction.by === connection)
      const mine = open[index]
      if (!mine) return
      open.length = index
      try {
        if (mine.savepoint === null) return await run('rollback')
        await run(`rollback to savepoint ${mine.savepoint}`)
        await run(`release savepoint ${mine.savepoint}`)
      } catch {
        // the transaction, or the connection, is gone already; Kysely throws the error that led here
      }
    },
    savepoint: (_connection, name) => run(`savepoint ${quoted(name)}`),
    rollbackToSavepoint: (_connection, name) => run(`rollback to savepoint ${quoted(name)}`),
    releaseSavepoint: (_connection, name) => run(`release savepoint ${quoted(name)}`),
    async releaseConnection() {},
    async destroy() {},
  }
}

function connectionOn(session: Session): DatabaseConnection {
  return {
    async executeQuery<R>({ sql, parameters }: { sql: string; parameters: readonly unknown[] }) {
      const { rows, affected, insertId } = await session.query<R>(sql, parameters)
      return {
        rows,
        numAffectedRows: BigInt(affected),
        ...(insertId !== undefined && { insertId }),
      }
    },
    // the session answers with all rows at once: other statements may run while the caller iterates
    async *streamQuery({ sql, parameters }) {
      yield { rows: (await session.query<any>(sql, parameters)).rows }
    },
  }
}

const overlapping = (): MigrateError =>
  new MigrateError('STATEMENT_FAILED', {
    message: 'Two transactions of one migration overlap; all its queries share one connection.',
    hint: 'Await a db.transaction() before starting the next one.',
  })
