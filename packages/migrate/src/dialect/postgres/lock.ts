import { setTimeout as sleep } from 'node:timers/promises'
import { MigrateError } from '../../errors.ts'
import type { LockHolder } from '../../events.ts'
import type { LockRequest, RunLock } from '../port.ts'
import {
  type Connection,
  connect,
  type PostgresTarget,
  type Setting,
  UNLIMITED,
} from './connection.ts'
import {
  holderName,
  LOCK_KEY,
  parseHolderName,
  STEP_PREFIX,
  stepName,
  waiterName,
} from './names.ts'
import { send } from './session.ts'

// milliseconds
const FIRST_PAUSE = 50
const LONGEST_PAUSE = 250
const BETWEEN_REPORTS = 1000
const TERMINATION_WAIT = 2000

// the server notices within half a minute that a holder's host is gone; its default is two hours
const KEEPALIVES: readonly Setting[] = [
  ['tcp_keepalives_idle', '15'],
  ['tcp_keepalives_interval', '5'],
  ['tcp_keepalives_count', '3'],
]

/**
 * Takes the run lock: a session advisory lock on a connection of its own. It is polled, since a session that
 * waits in `pg_advisory_lock` holds a snapshot, and a CREATE INDEX CONCURRENTLY of the holder waits for that: a
 * deadlock. Nothing is ever left open between two polls. Throws LOCK_TIMEOUT, INTERRUPTED.
 */
export async function acquireLock(target: PostgresTarget, request: LockRequest): Promise<RunLock> {
  const until = performance.now() + request.waitMs
  let hadOne = false
  for (;;) {
    let connection: Connection | undefined
    try {
      connection = await connect(target, waiterName(request.purpose), [...KEEPALIVES, ...UNLIMITED])
      hadOne = true
      await waitForLock(connection, request, until)
      const terminated = await takeOver(connection, request)
      return lockOn(connection, await backendOf(connection), terminated)
    } catch (error) {
      await connection?.close().catch(() => {})
      if (!hadOne || !isReplaced(error) || performance.now() >= until) throw error
      await sleep(LONGEST_PAUSE)
    }
  }
}

/** What whoever waits meets when a restore puts another database in the place of the one that it waits for. */
const isReplaced = (error: unknown): boolean =>
  error instanceof MigrateError &&
  (error.code === 'CONNECTION_LOST' || error.code === 'DATABASE_MISSING')

async function waitForLock(
  connection: Connection,
  request: LockRequest,
  until: number,
): Promise<void> {
  const start = until - request.waitMs
  let reported = Number.NEGATIVE_INFINITY
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE)) {
    if (request.signal?.aborted) throw interrupted()
    if (await tryLock(connection)) return
    const waited = performance.now() - start
    if (waited >= request.waitMs) throw timedOut(await readHolder(connection), request.waitMs)
    if (waited - reported >= BETWEEN_REPORTS) {
      reported = waited
      request.onWaiting((await readHolder(connection))?.holder ?? null, Math.round(waited))
    }
    // half of the pause is random, so that runners that started together do not poll together
    const next = Math.min(pause * (0.5 + Math.random() / 2), request.waitMs - waited)
    await sleep(next, undefined, { signal: request.signal }).catch(() => {})
  }
}

async function tryLock(connection: Connection): Promise<boolean> {
  const { rows } = await send<{ locked: boolean }>(
    connection,
    'SELECT pg_try_advisory_lock($1) AS locked',
    [LOCK_KEY],
  )
  return rows[0]?.locked === true
}

/**
 * Says who holds the lock, and ends the step connections of runs that died: whoever holds the lock is the only
 * run that is alive. Another role's cannot be ended; then the step's claim in the journal protects.
 */
async function takeOver(connection: Connection, request: LockRequest): Promise<number> {
  const [, { rows }] = await Promise.all([
    send(connection, "SELECT set_config('application_name', $1, false)", [
      holderName(request.purpose, new Date()).slice(0, 63),
    ]),
    send(connection, TERMINATE_STEPS, [STEP_PREFIX, stepName(request.runId), TERMINATION_WAIT]),
  ])
  return rows.length
}

/** The backend that a session advisory lock belongs to. A pooler may give the connection another one. */
async function backendOf(connection: Connection): Promise<number | undefined> {
  const { rows } = await send<{ pid: number }>(connection, 'SELECT pg_backend_pid() AS pid')
  return rows[0]?.pid
}

function lockOn(connection: Connection, backend: number | undefined, terminated: number): RunLock {
  return {
    terminated,
    // as long as the backend is there it holds the lock; asking pg_locks at every step would cost more than the step
    async assertHeld() {
      const now = await backendOf(connection).catch((cause) => {
        throw lost('the connection that held it is gone', cause)
      })
      if (now !== backend) {
        throw lost('the connection has another backend now, as behind a pooler in transaction mode')
      }
    },
    async release() {
      // the end of the connection releases it as well, only a little later
      await send(connection, 'SELECT pg_advisory_unlock($1)', [LOCK_KEY]).catch(() => {})
      await connection.close()
    },
  }
}

/** Who holds the lock now. */
export async function lockHolder(target: PostgresTarget): Promise<LockHolder | null> {
  return (await withConnection(target, readHolder))?.holder ?? null
}

/** Ends the connection that holds the lock, if there is one. Throws PERMISSION_DENIED. */
export async function breakLock(target: PostgresTarget): Promise<void> {
  await withConnection(target, async (connection) => {
    const found = await readHolder(connection)
    if (!found) return
    await send(connection, 'SELECT pg_terminate_backend($1, $2)', [found.backend, TERMINATION_WAIT])
  })
}

async function withConnection<T>(
  target: PostgresTarget,
  use: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await connect(target, 'migrate-unlock')
  try {
    return await use(connection)
  } finally {
    await connection.close()
  }
}

interface FoundHolder {
  readonly backend: number
  readonly holder: LockHolder
}

async function readHolder(connection: Connection): Promise<FoundHolder | null> {
  const { rows } = await send<{
    backend: number
    user: string | null
    name: string | null
    host: string | null
    connected: string | null
  }>(connection, HOLDER, [LOCK_KEY])
  const row = rows[0]
  if (!row) return null
  const said = parseHolderName(row.name ?? '')
  return {
    backend: row.backend,
    holder: {
      pid: said?.pid ?? null,
      host: said?.host ?? row.host,
      user: row.user,
      since: said?.since ?? row.connected,
      purpose: said?.purpose ?? null,
    },
  }
}

const interrupted = (): MigrateError =>
  new MigrateError('INTERRUPTED', { message: 'The wait for the lock was interrupted.' })

function timedOut(found: FoundHolder | null, waitMs: number): MigrateError {
  const holder = found?.holder
  const who = holder
    ? ` ${holder.purpose ?? 'A session'} of ${holder.user ?? 'another user'}` +
      `${holder.pid === null ? '' : `, process ${holder.pid}`}` +
      `${holder.host === null ? '' : ` on ${holder.host}`}` +
      `${holder.since === null ? '' : `, holds it since ${holder.since}`}.`
    : ''
  return new MigrateError('LOCK_TIMEOUT', {
    message: `The lock was not to be had within ${Math.round(waitMs / 100) / 10} s.${who}`,
  })
}

const lost = (why: string, cause?: unknown): MigrateError =>
  new MigrateError('LOCK_LOST', { message: `The lock was lost during the run: ${why}.`, cause })

// a bigint key stands in two halves, with objsubid 1: https://www.postgresql.org/docs/current/view-pg-locks.html
const LOCKS = `pg_locks AS held
  WHERE held.locktype = 'advisory' AND held.granted AND held.objsubid = 1
    AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND (held.classid::bigint << 32) | held.objid::bigint = $1::bigint`

const HOLDER = `
SELECT holding.pid AS backend, activity.usename AS "user", activity.application_name AS name,
  host(activity.client_addr) AS host, activity.backend_start AS connected
FROM (SELECT held.pid FROM ${LOCKS}) AS holding
LEFT JOIN pg_stat_activity activity ON activity.pid = holding.pid`

// a session without statement or transaction does no harm, and may be a runner's that waits for the lock
const TERMINATE_STEPS = `
SELECT pg_terminate_backend(pid, $3)
FROM pg_stat_activity
WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()
  AND starts_with(application_name, $1) AND application_name <> $2 AND state <> 'idle'`
