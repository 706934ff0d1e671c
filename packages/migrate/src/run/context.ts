import type { Settings } from '../config/define.ts'
import type { Dialect } from '../dialect/port.ts'
import type { Emit } from '../events.ts'
import type { Actor } from '../journal/chain.ts'
import type { KeyRing } from '../keys/ring.ts'

/** What every part of one run works with. */
export interface RunContext {
  readonly dialect: Dialect
  readonly settings: Settings
  readonly runId: string
  readonly emit: Emit
  readonly signal: AbortSignal
  /** Who runs it; the database user is known once there is a connection. */
  readonly actor: Omit<Actor, 'dbUser'>
  /** The master keys, read when they are needed; null where there are none. Throws KEY_INVALID. */
  readonly keys: () => Promise<KeyRing | null>
}
