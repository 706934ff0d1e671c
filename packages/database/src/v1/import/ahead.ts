import type { DialectName } from '@fossawork/migrate'

/** Writes a batch while the next one is made. */
export interface Ahead {
  /** Begins to write what waits, once the batch before is written. Throws what became of that one. */
  start(): Promise<void>
  /** Once all that was begun is written. Throws what became of it. */
  done(): Promise<void>
  /** Once nothing is being written any more, whatever became of it. */
  settled(): Promise<void>
}

/**
 * At most one batch at a time is written beside the work of this process. PostgreSQL's server is another process, which
 * works meanwhile; SQLite works in this thread, and would only hold its lock for longer.
 */
export function createAhead(dialect: DialectName, write: () => Promise<void>): Ahead {
  let writing: Promise<void> = Promise.resolve()
  return {
    async start() {
      await writing
      writing = write()
      // it is awaited later: until then its failure is nobody's
      writing.catch(() => {})
      if (dialect === 'sqlite') await writing
    },
    done: () => writing,
    settled: () => writing.catch(() => {}),
  }
}
