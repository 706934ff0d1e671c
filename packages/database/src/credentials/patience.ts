import { setTimeout as sleep } from 'node:timers/promises'
import { type ErrorCode, type Finding, MigrateError, type Work } from '@fossawork/migrate'

export interface PurgeOptions {
  /** Those whose files may hold plain text. */
  readonly tables: readonly string[]
  /** How long to wait for others that are in the way, in milliseconds. */
  readonly waitMs: number
}

/** What became of a purge. */
export interface Purged {
  /** The tables that still owe one. */
  readonly owed: readonly string[]
  readonly findings: readonly Finding[]
}

/** Nobody else is meant to wait for a purge that waits itself. */
const BETWEEN_MS = 250

/** Tries until it is done; false where it was not in time. */
export async function untilDone(
  { signal }: Pick<Work, 'signal'>,
  waitMs: number,
  attempt: () => Promise<boolean>,
): Promise<boolean> {
  const deadline = performance.now() + waitMs
  for (;;) {
    signal.throwIfAborted()
    if (await attempt()) return true
    if (performance.now() >= deadline) return false
    await sleep(BETWEEN_MS, undefined, { signal })
  }
}

/** What a purge that did not come through can be told by; whatever else is thrown is an error. */
const TOLD: ReadonlySet<ErrorCode> = new Set([
  'DATABASE_BUSY',
  'DDL_LOCK_TIMEOUT',
  'DISK_FULL',
  'PERMISSION_DENIED',
])

/** False where the error says that others are in the way; throws others. */
export function inTheWay(thrown: unknown): false {
  if (thrown instanceof MigrateError && thrown.retryable && TOLD.has(thrown.code)) return false
  throw thrown
}

/** Runs a part of a purge; an error that says what stands in its way becomes a finding. */
export async function told(body: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await body()
  } catch (thrown) {
    if (thrown instanceof MigrateError && TOLD.has(thrown.code)) {
      return [incomplete(thrown.message, `${thrown.hint} ${AGAIN}`)]
    }
    throw thrown
  }
}

const AGAIN = 'Then run `encrypt-credentials` again: it does what is left.'

/** Every secret is encrypted by then: only copies of what stood there before may be left. */
export const incomplete = (why: string, fix: string): Finding => ({
  code: 'PURGE_INCOMPLETE',
  severity: 'warning',
  message: `Every secret is encrypted, but what was overwritten is not purged yet: ${why}`,
  fix,
})

export const incompleteAgain = (why: string, first: string): Finding =>
  incomplete(why, `${first} ${AGAIN}`)
