import { MigrateError } from '../../errors.ts'
import type { Blocker } from '../../events.ts'
import { runOne, runScript } from '../script.ts'
import type { Row, ScriptStatement, Session, Writer, WriterOptions } from '../session.ts'
import { copyRows } from './bulk.ts'
import { type Connection, connect, type PostgresTarget, UNLIMITED } from './connection.ts'
import { indexBuildOf } from './index-build.ts'
import { postgresKysely } from './kysely.ts'
import { stepName } from './names.ts'
import { createBuildRunner } from './run-index-build.ts'
import { type Answer, type StatementOptions, send } from './session.ts'
import { endsTransaction, locksTables, refuseUnsendable } from './statement-kind.ts'
import { statementShape } from './statement-shape.ts'
import { beginStep, changesUser, resetUser, rollbackStep } from './step-transaction.ts'

/** Opens the connection that a run's steps use. Open it under the lock: who takes the lock ends those of others. */
export async function openWriter(target: PostgresTarget, options: WriterOptions): Promise<Writer> {
  const connection = await connect(target, stepName(options.runId), [
    // the statement of a runner that is gone ends within a second instead of running on
    ['client_connection_check_interval', '1s'],
    ...UNLIMITED,
    ...(options.evenFrozen ? [['default_transaction_read_only', 'off'] as const] : []),
  ])
  connection.client.on('notice', ({ severity, message }) => {
    options.onNotice(severity ?? 'NOTICE', message ?? '')
  })
  try {
    return await writerOn(connection, target, options)
  } catch (error) {
    await connection.close()
    throw error
  }
}

async function writerOn(
  connection: Connection,
  target: PostgresTarget,
  options: WriterOptions,
): Promise<Writer> {
  // behind a pooler the driver knows a pid that is not the backend's
  const { rows } = await send<{ pid: number; user: string }>(
    connection,
    'SELECT pg_backend_pid() AS pid, current_user AS user',
  )
  const { pid, user } = rows[0] as { pid: number; user: string }
  let open = false
  let begun: Promise<unknown> = Promise.resolve()
  // what the last begin() said, and whether the migration has a word of its own since
  let lockTimeout: number | null = null
  // whether the step may act as another user or role
  let asOther = false
  let monitor: Promise<Connection> | undefined
  const monitored = (): Promise<Connection> => {
    monitor ??= connect(target, 'migrate-monitor', UNLIMITED)
    return monitor
  }
  const builds = createBuildRunner({ target, connection, pid, monitor: monitored, options })
  // who has the connection for itself; without one nothing waits, since statements share round trips
  let alone: Promise<void> | null = null
  const exclusively = async <T>(act: () => Promise<T>): Promise<T> => {
    while (alone) await alone
    const { promise, resolve } = Promise.withResolvers<void>()
    alone = promise
    try {
      return await act()
    } finally {
      alone = null
      resolve()
    }
  }

  /** Sends a statement of a migration or of the journal; refuses the end of the step's transaction. */
  const guarded = async <R = Row>(
    sql: string,
    params?: readonly unknown[],
    values?: StatementOptions,
  ): Promise<Answer<R>> => {
    refuseUnsendable(sql)
    const build = indexBuildOf(sql)
    const act = (): Promise<Answer<R>> => unguarded<R>(sql, params, values)
    if (build?.concurrently && !open) {
      return exclusively(() => builds.runConcurrently(build, act))
    }
    while (alone) await alone
    return build ? builds.run(build, open, act) : act()
  }
  const unguarded = async <R>(
    sql: string,
    params?: readonly unknown[],
    values?: StatementOptions,
  ): Promise<Answer<R>> => {
    if (!open) return outside<R>(sql, params, values)
    asOther ||= changesUser(sql)
    if (endsTransaction(sql)) throw transactionEnded('would end')
    const [answer] = await Promise.all([send<R>(connection, sql, params, values), begun])
    if (answer.transaction === 'I' || answer.commands.includes('COMMIT')) {
      throw transactionEnded('ended')
    }
    return answer
  }
  /** A statement without the step's transaction, which alone has a lock timeout for all of its statements. */
  const outside = async <R>(
    sql: string,
    params?: readonly unknown[],
    values?: StatementOptions,
  ): Promise<Answer<R>> => {
    if (/\block_timeout\b/i.test(sql)) lockTimeout = null
    if (!lockTimeout || !locksTables(sql)) return send<R>(connection, sql, params, values)
    const [, answer] = await Promise.allSettled([
      send(connection, `SET lock_timeout = ${lockTimeout}`),
      send<R>(connection, sql, params, values),
      send(connection, 'SET lock_timeout = 0'),
    ])
    if (answer.status === 'fulfilled') return answer.value
    throw notTriedAgain(answer.reason)
  }
  const forKysely: Session = {
    query: (sql, params) => guarded(sql, params, { values: 'driver' }),
    async close() {},
  }

  const inTransaction = () => open || connection.client.getTransactionStatus() !== 'I'

  const own: Pick<Session, 'query'> = { query: (sql, params) => guarded(sql, params) }

  return {
    user,
    query: own.query,
    async begin({ lockTimeoutMs }) {
      open = true
      lockTimeout = Math.ceil(lockTimeoutMs)
      asOther = false
      begun = beginStep(connection, lockTimeout)
      // the statements behind it tell
      begun.catch(() => {})
    },
    async runScript(statements, onDone) {
      for (const { text, offset } of statements) refuseUnsendable(text, offset)
      // outside a transaction a failure must stop what comes after it
      return open ? runPipelined(own, statements, onDone) : runScript(own, statements, onDone)
    },
    async insert(table, columns, rows) {
      await exclusively(async () => {
        // answered after all that was sent before
        await Promise.all([send(connection, ''), begun])
        await copyRows(connection, table, columns, rows)
      })
    },
    // PostgreSQL enforces foreign keys itself, at the latest at COMMIT
    async check() {
      // who has a right to what the step makes may have none to the journal
      if (asOther) resetUser(connection)
      return []
    },
    async commit(last) {
      open = false
      const [{ commands }] = await Promise.all([send(connection, 'COMMIT'), last, begun])
      // the server answers so where a statement had failed and the migration went on
      if (commands.includes('ROLLBACK')) throw rolledBackInstead()
    },
    inTransaction,
    async rollback() {
      if (!inTransaction()) return
      open = false
      // on a connection that is gone the server has rolled back
      await rollbackStep(connection).catch(() => {})
    },
    kysely: () => postgresKysely(forKysely, inTransaction),
    async cancel() {
      connection.cancelled = true
      // without a further connection: the server ends the statement soon after its own connection is gone
      await cancelBackend(target, pid).catch(() => connection.abandon())
    },
    async blockers() {
      const { rows } = await send<Blocker>(await monitored(), BLOCKERS, [pid])
      return rows.map((row) => ({ ...row, query: row.query && statementShape(row.query) }))
    },
    async close() {
      // an interruption does not wait for a program, nor for what its index leaves to be dropped
      while (alone) await alone
      const watching = await monitor?.catch(() => undefined)
      await Promise.all([connection.close(), watching?.close()])
    },
  }
}

async function cancelBackend(target: PostgresTarget, pid: number): Promise<void> {
  const own = await connect(target, 'migrate-cancel')
  try {
    await send(own, 'SELECT pg_cancel_backend($1)', [pid])
  } finally {
    await own.close()
  }
}

/** Statements on their way together; what follows a failed one is refused by the server. */
const PIPELINED = 100

async function runPipelined(
  session: Pick<Session, 'query'>,
  statements: readonly ScriptStatement[],
  onDone: (index: number) => void,
): Promise<void> {
  for (let first = 0; first < statements.length; first += PIPELINED) {
    const sent = statements
      .slice(first, first + PIPELINED)
      .map((statement, index) => runOne(session, statement).then(() => onDone(first + index)))
    const failed = (await Promise.allSettled(sent)).find(({ status }) => status === 'rejected')
    if (failed?.status === 'rejected') throw failed.reason
  }
}

const transactionEnded = (verb: string): MigrateError =>
  new MigrateError('STATEMENT_FAILED', {
    message: `A statement ${verb} the migration's transaction, which must commit together with the journal.`,
    hint: 'Take the COMMIT or ROLLBACK out, or declare `transaction: false` in the migration.',
  })

const notTriedAgain = (thrown: unknown): unknown =>
  thrown instanceof MigrateError && thrown.code === 'DDL_LOCK_TIMEOUT'
    ? new MigrateError(thrown.code, {
        message: thrown.message,
        hint: "Outside a transaction it is not tried again: let the migration have one, or put SET lock_timeout = '1min' before the statement to let it wait.",
        ...(thrown.offset !== undefined && { offset: thrown.offset }),
        cause: thrown.cause,
      })
    : thrown

const rolledBackInstead = (): MigrateError =>
  new MigrateError('STATEMENT_FAILED', {
    message:
      'A statement of the migration had failed and the migration went on, so PostgreSQL rolled everything back.',
    hint: 'Let the error of a statement through, or put the statement into db.transaction().',
  })

// a prepared transaction blocks with pid 0 and has no row in pg_stat_activity
const BLOCKERS = `
SELECT DISTINCT blocking.pid, activity.usename AS "user", activity.state,
  (extract(epoch FROM clock_timestamp() - activity.xact_start) * 1000)::float8 AS "openMs",
  activity.query
FROM unnest(pg_blocking_pids($1)) AS blocking (pid)
LEFT JOIN pg_stat_activity activity ON activity.pid = blocking.pid`
