import { setTimeout as sleep } from 'node:timers/promises'
import { MigrateError } from '../../../errors.ts'
import type { SwapOptions } from '../../port.ts'
import { isBusy } from '../errors.ts'
import { assertGoesOn } from './goes-on.ts'
import { openers, programs } from './openers.ts'

const FIRST_POLL_MS = 5
const LAST_POLL_MS = 100
const TELL_MS = 1000

/** Waits for others, over all that one swap has to wait for, and tells who may be in the way. */
export interface Patience {
  /** Sleeps a little. Throws DATABASE_BUSY when `waitMs` are over, INTERRUPTED. */
  wait(inTheWay?: InTheWay): Promise<void>
  /** Does `act` again until nobody is in its way: writers, or readers too. */
  until<T>(act: () => T, inTheWay?: InTheWay): Promise<T>
}

/** Who can be in the way: without WAL, readers as well. */
export type InTheWay = 'writers' | 'readers'

export function patience(
  file: string,
  { waitMs, onWaiting, signal }: Pick<SwapOptions, 'waitMs' | 'onWaiting' | 'signal'>,
): Patience {
  let waited = 0
  let told = 0
  let poll = FIRST_POLL_MS

  async function wait(inTheWay: InTheWay = 'writers'): Promise<void> {
    assertGoesOn(signal)
    if (waited >= waitMs) throw stillBusy(file, waited, inTheWay)
    const since = performance.now()
    await sleep(Math.min(poll, waitMs - waited), undefined, { signal }).catch(() => {})
    assertGoesOn(signal)
    waited += performance.now() - since
    poll = Math.min(poll * 1.5, LAST_POLL_MS)
    if (waited - told < TELL_MS) return
    told = waited
    onWaiting(openers(file), Math.round(waited))
  }

  return {
    wait,
    async until(act, inTheWay) {
      for (;;) {
        try {
          return act()
        } catch (cause) {
          if (!isBusy(cause)) throw cause
        }
        await wait(inTheWay)
      }
    },
  }
}

const WHO = {
  writers: { kept: 'Others kept', why: '', stop: 'write to' },
  readers: {
    kept: 'Readers or writers kept',
    why: ' (it is in rollback-journal mode, where readers are in the way too)',
    stop: 'read or write',
  },
} as const

function stillBusy(file: string, waited: number, inTheWay: InTheWay): MigrateError {
  const { kept, why, stop } = WHO[inTheWay]
  const who = programs(openers(file))
  return new MigrateError('DATABASE_BUSY', {
    message:
      `${kept} ${file} busy${why}, after ${Math.round(waited / 1000)} s still` +
      `${who && `; it is open in ${who}`}. Nothing was changed.`,
    hint: `Stop the programs that ${stop} it, then restore again.`,
  })
}
