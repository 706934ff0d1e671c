import { existsSync } from 'node:fs'
import { MigrateError } from '../../../errors.ts'
import type { Swap, SwapOptions } from '../../port.ts'
import { assertNoFolder, inTheWay, liveState } from './live-state.ts'
import { openers, programs } from './openers.ts'
import { overwrite } from './overwrite.ts'
import { putInPlace, replaceDamaged } from './put-in-place.ts'
import { putLeftoversAside } from './set-aside.ts'

/**
 * Puts the settled database `file` in the place of the live one. Throws DATABASE_BUSY, CLIENTS_CONNECTED, DISK_FULL,
 * NOT_A_DATABASE, INTERRUPTED with nothing changed; RESTORE_FAILED says what is there then.
 */
export async function swap(live: string, file: string, options: SwapOptions): Promise<Swap> {
  const state = await liveState(live, options.signal)
  if (state === 'sound') return overwrite(live, file, options)
  assertNoFolder(live)
  const clients = inTheWay(live, state)
  if (clients.length > 0 && !options.force) {
    throw new MigrateError('CLIENTS_CONNECTED', {
      message: `${live} is ${state === 'damaged' ? 'damaged' : 'deleted'} and still open in ${programs(clients)}: they would go on with that file. Nothing was changed.`,
      hint: 'Stop these programs, or pass --force and start them anew afterwards.',
    })
  }
  if (state === 'damaged') return replaceDamaged(live, file)
  return existsSync(live) ? fill(live, file, options) : putInPlace(live, file)
}

/** A file of no bytes may be open in a program that is about to fill it; what no program has open is left of another. */
async function fill(live: string, file: string, options: SwapOptions): Promise<Swap> {
  const previous = openers(live).length > 0 ? null : putLeftoversAside(live)
  return { ...(await overwrite(live, file, { ...options, save: async () => {} })), previous }
}
