import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SwapOptions } from '../../port.ts'
import type { Connection } from '../connection.ts'
import { parseHolderName } from '../names.ts'
import { send } from '../session.ts'
import type { Places, Previous } from './places.ts'
import { blockerOf, clientsAmong, type DatabaseSession, sessionsOf, terminate } from './sessions.ts'

/** What was met while a rename waited. */
export interface Clearing {
  /** The run lock was let go. */
  readonly released: boolean
  /** Sessions that the user may not end. */
  readonly denied: ReadonlySet<number>
  /** Who was connected at the last look, the run lock left out. */
  readonly others: readonly DatabaseSession[]
  /** Clients whom nobody said to end, when nobody else could connect any more: the rename was given up for them. */
  readonly unasked: readonly DatabaseSession[]
  /** What went wrong with clearing itself. */
  readonly failed: unknown
}

// milliseconds
const BETWEEN_LOOKS = 50
const BETWEEN_REPORTS = 1000
/** A rename waits 5 s: CountOtherDBBackends in the server. What is left of it must do for the run lock's end. */
const STILL_TIME = 3500

/**
 * Ends whoever is connected to the two databases, for as long as the renamer waits for them to go; clients of the live
 * one only with `force`, else the renamer gives up as soon as it keeps new ones out. The run lock's own connection is let go when nobody else is left and nobody can connect any more: no other run gets in between.
 */
export async function clearOut(
  helper: Connection,
  renamer: Connection,
  { oid }: Places,
  previous: Previous | null,
  started: number,
  options: SwapOptions,
): Promise<{ stop(): Promise<Clearing> }> {
  const backend = await backendOf(renamer)
  const denied = new Set<number>()
  let others: DatabaseSession[] = []
  let unasked: DatabaseSession[] = []
  let released = false
  let over = false
  let closedSince: number | undefined
  let reported = started

  const look = async (): Promise<void> => {
    // asked before the sessions are: who connects in between would be overlooked
    const isClosed = !previous || (await holds(helper, backend, previous.oid))
    const sessions = await sessionsOf(helper, previous ? [previous.oid, oid] : [oid])
    others = sessions.filter((session) => !isOwnLock(session))
    const spared = options.force
      ? []
      : clientsAmong(others).filter(({ database }) => database === previous?.oid)
    if (spared.length > 0 && isClosed) {
      unasked = spared
      await send(helper, 'SELECT pg_cancel_backend($1)', [backend])
      return
    }
    for (const { pid } of others.filter((session) => !spared.includes(session))) {
      if (!(await terminate(helper, pid))) denied.add(pid)
    }
    const now = performance.now()
    if (others.length > 0 && now - reported >= BETWEEN_REPORTS) {
      reported = now
      options.onWaiting(others.map(blockerOf), Math.round(now - started))
    }
    if (!isClosed) return
    closedSince ??= now
    if (!released && others.length === 0 && now - closedSince < STILL_TIME) {
      released = true
      await options.releaseLock()
    }
  }

  const working = (async () => {
    for (; !over; await sleep(BETWEEN_LOOKS)) await look()
  })().then(
    () => undefined,
    (error: unknown) => error,
  )
  return {
    async stop() {
      over = true
      return { failed: await working, released, denied, others, unasked }
    },
  }
}

/** By its name, which the server cuts. */
function isOwnLock({ name }: DatabaseSession): boolean {
  const holder = parseHolderName(name)
  return holder !== null && holder.pid === process.pid && hostname().startsWith(holder.host)
}

async function backendOf(connection: Connection): Promise<number | undefined> {
  const { rows } = await send<{ pid: number }>(connection, 'SELECT pg_backend_pid() AS pid')
  return rows[0]?.pid
}

/** Whether nobody can connect to a database any more, since a session has its lock. */
async function holds(
  connection: Connection,
  pid: number | undefined,
  database: number,
): Promise<boolean> {
  const { rows } = await send(connection, HOLDS, [pid, database])
  return rows.length > 0
}

const HOLDS = `
SELECT FROM pg_locks
WHERE pid = $1 AND locktype = 'object' AND classid = 'pg_database'::regclass AND objid = $2
  AND mode = 'AccessExclusiveLock' AND granted`
