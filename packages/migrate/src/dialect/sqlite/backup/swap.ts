import { existsSync } from 'node:fs'
import { MigrateError } from '../../../errors.ts'
import type { Swap, SwapOptions } from '../../port.ts'
import { liveState } from './live-state.ts'
import { openers, programs } from './openers.ts'
import { overwrite } from './overwrite.ts'
import { putInPlace, replaceDamaged } from './put-in-place.ts'

/**
 * Puts the settled database `file` in the place of the live one. Throws DATABASE_BUSY, CLIENTS_CONNECTED, DISK_FULL,
 * INTERRUPTED with nothing changed; RESTORE_FAILED says what is there then.
 */
export async function swap(live: string, file: string, options: SwapOptions): Promise<Swap> {
  const state = await liveState(live, options.signal)
  if (state === 'sound') return overwrite(live, file, options)
  if (state === 'missing') {
    // a file of no bytes may be open in a program that is about to fill it
    if (existsSync(live)) return overwrite(live, file, { ...options, save: async () => {} })
    return putInPlace(live, file)
  }
  const clients = openers(live)
  if (clients.length > 0 && !options.force) {
    throw new MigrateError('CLIENTS_CONNECTED', {
      message: `${live} is damaged and open in ${programs(clients)}: they would go on with the damaged file. Nothing was changed.`,
      hint: 'Stop these programs, or pass --force and start them anew afterwards.',
    })
  }
  return replaceDamaged(live, file)
}
