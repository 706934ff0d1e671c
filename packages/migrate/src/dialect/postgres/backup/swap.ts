import { setTimeout as sleep } from 'node:timers/promises'
import { asMigrateError, MigrateError } from '../../../errors.ts'
import { stamp } from '../../../file-system.ts'
import type { Content, Swap, SwapOptions } from '../../port.ts'
import type { Connection } from '../connection.ts'
import { beside, nameWith, oidOf } from '../databases.ts'
import { type Clearing, clearOut } from './clear-out.ts'
import { readContent } from './content.ts'
import { swapNotes } from './notes.ts'
import type { Places, Previous } from './places.ts'
import { assertNothingPrepared } from './prepared-transactions.ts'
import type { Setting } from './properties.ts'
import { rename } from './rename.ts'
import {
  clientsAmong,
  clientsConnected,
  describeSessions,
  notEndable,
  sessionsOf,
} from './sessions.ts'

/** Between two attempts, in milliseconds. */
const PAUSE = 200

/**
 * Gives the prepared database the live one's name, and that one a dated name, in one transaction. Throws
 * CLIENTS_CONNECTED, DATABASE_BUSY, PERMISSION_DENIED; then both are as they were.
 */
export async function swap(places: Places, options: SwapOptions): Promise<Swap> {
  const expected = await readContent(places.place, options.signal)
  const previous = await beside(places.target, async (connection) => {
    const live = await oidOf(connection, places.live)
    if (live === null) return null
    await assertNothingPrepared(connection, places.live)
    if (!options.force) await refuseClients(connection, live, places.live)
    await options.save()
    return { oid: live, name: await previousName(connection, places.live) }
  })
  const refused = await exchange(places, previous, options)
  // before all of it is read: what was replaced is not to go on consuming what others send
  const notes = await swapNotes(places, previous, [...places.refused, ...refused])
  return { previous: previous?.name ?? null, proof: await prove(places, expected), notes }
}

async function refuseClients(connection: Connection, oid: number, live: string): Promise<void> {
  const clients = clientsAmong(await sessionsOf(connection, [oid]))
  if (clients.length > 0) throw clientsConnected(live, clients)
}

async function previousName(connection: Connection, live: string): Promise<string> {
  const now = stamp(new Date())
  for (let copy = 1; ; copy++) {
    const suffix = `_before_restore_${now}${copy === 1 ? '' : `_${copy}`}`
    const name = nameWith(live, suffix)
    if ((await oidOf(connection, name)) === null) return name
  }
}

/** Tries until it is done, or the time is over, or the run lock was let go in vain. The settings that were refused. */
async function exchange(
  places: Places,
  previous: Previous | null,
  options: SwapOptions,
): Promise<Setting[]> {
  return beside(places.target, (renamer) =>
    beside(places.target, (helper) => attempts(renamer, helper, places, previous, options)),
  )
}

async function attempts(
  renamer: Connection,
  helper: Connection,
  places: Places,
  previous: Previous | null,
  options: SwapOptions,
): Promise<Setting[]> {
  const started = performance.now()
  let refused: Setting[] = []
  for (;;) {
    const left = options.waitMs - (performance.now() - started)
    const clearing = await clearOut(helper, renamer, places, previous, started, options)
    const failed = await rename(renamer, places, previous, left, options.signal).then(
      (settings) => {
        refused = settings
      },
      (error: unknown) => error,
    )
    const met = await clearing.stop()
    // whatever was said: the connection may be lost just after the commit
    const live = await beside(places.target, (connection) => oidOf(connection, places.live))
    if (live === places.oid) return refused
    if (met.failed) throw met.failed
    if (options.signal.aborted) throw new MigrateError('INTERRUPTED')
    const over = performance.now() - started >= options.waitMs
    if (met.unasked.length > 0) throw clientsConnected(places.live, met.unasked)
    if (!isBusy(failed)) throw failed
    await beside(places.target, (connection) => assertNothingPrepared(connection, places.live))
    if (over || met.released) throw busy(places.live, met, failed)
    await sleep(PAUSE)
  }
}

/** The server gave up on sessions that stay, or the time for the statement was over. */
const BUSY_STATES = new Set(['55006', '57014', '55P03'])

const isBusy = (thrown: unknown): boolean =>
  thrown instanceof MigrateError &&
  BUSY_STATES.has((thrown.cause as { code?: string } | undefined)?.code ?? '')

function busy(live: string, { denied, others }: Clearing, cause: unknown): MigrateError {
  const notOurs = others.filter(({ pid }) => denied.has(pid))
  if (notOurs.length > 0) return notEndable(live, notOurs, cause)
  const who = others.length > 0 ? `: ${describeSessions(others)}` : ''
  return new MigrateError('DATABASE_BUSY', {
    message: `The database ${live} was still in use when the time was over${who}. It is as it was.`,
    hint: 'Stop what connects to it, or raise --wait.',
    cause,
  })
}

/** Reads what is live again. What stands there by its number descends from what was prepared. */
async function prove(places: Places, expected: Content): Promise<Swap['proof']> {
  let found: Content
  try {
    found = await readContent(places.target, new AbortController().signal)
  } catch (cause) {
    const { code, message } = asMigrateError(cause)
    throw new MigrateError(code, {
      message: `The restored database has taken the place of ${places.live}, and could not be read again there: ${message}`,
      hint: 'Look at it with `status` and `validate`.',
      cause,
    })
  }
  return found.method === expected.method && found.digest === expected.digest ? 'digest' : 'changed'
}
