import { createHash } from 'node:crypto'
import { hostname } from 'node:os'
import { JOURNAL_TABLE } from '../port.ts'

/**
 * The key of the run lock. The database's name is no part of it: advisory locks are each database's own, and a
 * pooler may give one database several names.
 */
const digest = createHash('sha256').update(`fossawork-migrate:${JOURNAL_TABLE}`).digest()

/** As PostgreSQL's bigint, in decimal. */
export const LOCK_KEY = digest.readBigInt64BE(0).toString()

const STEP = `migrate-step:${digest.toString('hex', 0, 4)}:`

/** What the application names of all step connections begin with. */
export const STEP_PREFIX = STEP

/** The application name of a run's step connection. */
export const stepName = (runId: string): string => `${STEP}${runId.slice(0, 8)}`

/** The application name while waiting for the lock. */
export const waiterName = (purpose: string): string => `migrate-wait:${purpose}:${whoAmI()}`

/** The application name of a holder: for what, since when and which process on which host. */
export const holderName = (purpose: string, since: Date): string =>
  `migrate-lock:${purpose}:${Math.floor(since.getTime() / 1000).toString(36)}:${whoAmI()}`

/** What the application names of all our connections begin with. */
export const OWN_PREFIX = 'migrate-'

const whoAmI = (): string => `${process.pid}@${hostname()}`

export interface HolderName {
  readonly purpose: string
  readonly since: string
  readonly pid: number
  readonly host: string
}

/** Reads a holder's application name; null when it is not one of ours. */
export function parseHolderName(name: string): HolderName | null {
  const parts = /^migrate-lock:([^:]*):([0-9a-z]+):(\d+)@(.*)$/.exec(name)
  if (!parts) return null
  const [, purpose = '', since = '', pid, host = ''] = parts
  return {
    purpose,
    since: new Date(Number.parseInt(since, 36) * 1000).toISOString(),
    pid: Number(pid),
    host,
  }
}
