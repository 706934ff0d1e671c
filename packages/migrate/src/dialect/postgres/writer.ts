import type { TransactionSettings } from 'kysely'
import { MigrateError } from '../../errors.ts'
import type { Blocker } from '../../events.ts'
import { splitStatements } from '../../sql/split.ts'
import { kyselyOn } from '../kysely.ts'
import type { Row, ScriptStatement, Session, Writer, WriterOptions } from '../port.ts'
import { runOne, runScript } from '../script.ts'
import { type Connection, connect, type PostgresTarget } from './connection.ts'
import { stepName } from './names.ts'
import { type Answer, type StatementOptions, send } from './session.ts'

/** Opens the connection that a run's steps use. Open it under the lock: who takes the lock ends those of others. */
export async function openWriter(target: PostgresTarget, options: WriterOptions): Promise<Writer> {
  const connection = await connect(target, stepName(options.runId), [
    // the statement of a runner that is gone ends within a second instead of running on
    "client_connection_check_interval = '1s'",
  ])
  connection.client.on('notice', ({ severity, message }) => {
    options.onNotice(severity ?? 'NOTICE', message ?? '')
  })
  try {
    return await writerOn(connection, target)
  } catch (error) {
    await connection.close()
    throw error
  }
}

async function writerOn(connection: Connection, target: PostgresTarget): Promise<Writer> {
  // behind a pooler the driver knows a pid that is not the backend's
  const { rows } = await send<{ pid: number; user: string }>(
    connection,
    'SELECT pg_backend_pid() AS pid, current_user AS user',
  )
  const { pid, user } = rows[0] as { pid: number; user: string }
  let open = false
  let begun: Promise<unknown> = Promise.resolve()
  let monitor: Promise<Connection> | undefined

  /** Sends a statement of a migration or of the journal; refuses the end of the step's transaction. */
  const guarded = async <R = Row>(
    sql: string,
    params?: readonly unknown[],
    values?: StatementOptions,
  ): Promise<Answer<R>> => {
    if (!open) return send<R>(connection, sql, params, values)
    if (endsTransaction(sql)) throw transactionEnded('would end')
    const [answer] = await Promise.all([send<R>(connection, sql, params, values), begun])
    if (answer.transaction === 'I' || answer.commands.includes('COMMIT')) {
      throw transactionEnded('ended')
    }
    return answer
  }
  const forKysely: Session = {
    query: (sql, params) => guarded(sql, params, { values: 'driver' }),
    async close() {},
  }

  const own: Pick<Session, 'query'> = { query: (sql, params) => guarded(sql, params) }

  return {
    user,
    query: own.query,
    async begin({ lockTimeoutMs }) {
      open = true
      begun = send(connection, `BEGIN; SET LOCAL lock_timeout = ${Math.ceil(lockTimeoutMs)}`)
      // the statements behind it tell
      begun.catch(() => {})
    },
    runScript: (statements, onDone) =>
      open
        ? runPipelined(own, statements, onDone)
        : // outside a transaction a failure must stop what comes after it
          runScript(own, statements, onDone),
    // PostgreSQL enforces foreign keys itself, at the latest at COMMIT
    async check() {
      return []
    },
    async commit(last) {
      open = false
      const [{ commands }] = await Promise.all([send(connection, 'COMMIT'), last, begun])
      // the server answers so where a statement had failed and the migration went on
      if (commands.includes('ROLLBACK')) throw rolledBackInstead()
    },
    async rollback() {
      if (!open) return
      open = false
      // on a connection that is gone the server has rolled back
      await send(connection, 'ROLLBACK').catch(() => {})
    },
    kysely: () =>
      kyselyOn(forKysely, ({ PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler }) => ({
        createAdapter: () => new PostgresAdapter(),
        createIntrospector: (db) => new PostgresIntrospector(db),
        createQueryCompiler: () => new PostgresQueryCompiler(),
        inTransaction: () => open || connection.client.getTransactionStatus() !== 'I',
        begin: startTransaction,
      })),
    async cancel() {
      connection.cancelled = true
      const own = await connect(target, 'migrate-cancel')
      try {
        await send(own, 'SELECT pg_cancel_backend($1)', [pid])
      } finally {
        await own.close()
      }
    },
    async blockers() {
      monitor ??= connect(target, 'migrate-monitor')
      return (await send<Blocker>(await monitor, BLOCKERS, [pid])).rows
    },
    async close() {
      const watching = await monitor?.catch(() => undefined)
      await Promise.all([connection.close(), watching?.close()])
    },
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

/** At the start of a statement, after white space and comments. ROLLBACK TO a savepoint ends nothing. */
const ENDS_TRANSACTION =
  /^(?:\s|--[^\n]*\n|\/\*[\s\S]*?\*\/)*(?:commit|end|abort|rollback(?!\s+(?:(?:work|transaction)\s+)?to\b)|prepare\s+transaction)\b/i

/** One hidden behind others in a text would have committed by the time the server's answer shows it. */
const endsTransaction = (sql: string): boolean =>
  /;\s*\S/.test(sql)
    ? splitStatements(sql, 'postgres').some(({ text }) => ENDS_TRANSACTION.test(text))
    : ENDS_TRANSACTION.test(sql)

const transactionEnded = (verb: string): MigrateError =>
  new MigrateError('STATEMENT_FAILED', {
    message: `A statement ${verb} the migration's transaction, which must commit together with the journal.`,
    hint: 'Take the COMMIT or ROLLBACK out, or declare `transaction: false` in the migration.',
  })

const rolledBackInstead = (): MigrateError =>
  new MigrateError('STATEMENT_FAILED', {
    message:
      'A statement of the migration had failed and the migration went on, so PostgreSQL rolled everything back.',
    hint: 'Let the error of a statement through, or put the statement into db.transaction().',
  })

const startTransaction = ({ isolationLevel, accessMode }: TransactionSettings): string =>
  ['start transaction', isolationLevel && `isolation level ${isolationLevel}`, accessMode]
    .filter(Boolean)
    .join(' ')

// a prepared transaction blocks with pid 0 and has no row in pg_stat_activity
const BLOCKERS = `
SELECT DISTINCT blocking.pid, activity.usename AS "user", activity.state,
  (extract(epoch FROM clock_timestamp() - activity.xact_start) * 1000)::float8 AS "openMs",
  left(activity.query, 200) AS query
FROM unnest(pg_blocking_pids($1)) AS blocking (pid)
LEFT JOIN pg_stat_activity activity ON activity.pid = blocking.pid`
