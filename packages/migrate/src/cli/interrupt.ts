import type { DialectName } from '../dialect/port.ts'
import type { RunEvent } from '../events.ts'
import type { Io } from './io.ts'

/** The exit status of what SIGINT or SIGTERM ended. */
export const INTERRUPTED = 130

const BEGINS: ReadonlySet<string> = new Set<RunEvent['type']>([
  'lock.waiting',
  'backup.started',
  'restore.progress',
])
const ENDS: ReadonlySet<string> = new Set<RunEvent['type']>([
  'lock.acquired',
  'backup.finished',
  'restore.finished',
  'run.finished',
])

export interface Interruption {
  /** Aborted by the first signal; the second one ends the process. */
  readonly signal: AbortSignal
  /** Begins to listen, as far as the database allows it. */
  start(dialect: DialectName): void
  /** To be told of every event of the run. */
  readonly sink: (event: RunEvent) => void
  stop(): void
}

/**
 * PostgreSQL can interrupt a statement, so a signal rolls the open step back in an orderly way. A statement of SQLite
 * blocks this thread, a listener would only be called after it, and the user would wait: so there signals keep their
 * usual effect and the process simply ends, which loses nothing. Only while a run waits for the lock or writes a
 * backup or restores one, which clean up after themselves, is a signal listened to.
 */
export function createInterruption(io: Io, onFirst: () => void): Interruption {
  const controller = new AbortController()
  let stopListening: (() => void) | null = null
  const listen = (): void => {
    stopListening ??= io.onSignal(() => {
      if (controller.signal.aborted) io.exit(INTERRUPTED)
      onFirst()
      controller.abort()
    })
  }
  const stop = (): void => {
    stopListening?.()
    stopListening = null
  }
  let interruptible = true
  return {
    signal: controller.signal,
    start(dialect) {
      interruptible = dialect !== 'sqlite'
      if (interruptible) listen()
    },
    sink({ type }) {
      if (interruptible) return
      if (BEGINS.has(type)) listen()
      if (ENDS.has(type)) stop()
    },
    stop,
  }
}
