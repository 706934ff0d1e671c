import { MigrateError } from '../../../errors.ts'
import { assertConfined, copiesRows, sayingOf } from './confined.ts'
import { scanScript } from './script-scan.ts'

/** What a dump in SQL tells of itself when it is read. */
export interface ScriptFacts {
  /** It begins and ends no transaction itself, and does not fill the server's table of locks. */
  readonly fitsOneTransaction: boolean
  /** It drops things without asking whether they are there. */
  readonly isOfClean: boolean
}

/**
 * A transaction holds a few locks for each thing that it makes, of which a server has
 * max_locks_per_transaction × max_connections, 6400 by default.
 */
const MOST_MADE = 1000

const CONTROLS_TRANSACTION = /^(begin|start|commit|end|rollback|abort|savepoint|release)\b/
const DROPS =
  /^(drop (?!.*\bif exists\b)|alter (?!.*\bif exists\b)(?:foreign )?table .*\bdrop constraint\b)/

/**
 * Reads a dump in SQL to its end, before any of it is run. Throws RESTORE_FAILED for what reaches beyond its database
 * and for commands of psql, BACKUP_DAMAGED where it is cut, INTERRUPTED.
 */
export async function readScript(
  pieces: AsyncIterable<Buffer>,
  signal: AbortSignal,
): Promise<ScriptFacts> {
  let controlsTransaction = false
  let isOfClean = false
  let made = 0
  await scanScript(untilAborted(pieces, signal), (statement) => {
    assertConfined(statement)
    const said = sayingOf(statement)
    // within a routine BEGIN and END are none
    if (!statement.isNested && CONTROLS_TRANSACTION.test(said)) controlsTransaction = true
    if (DROPS.test(said)) isOfClean = true
    if (said.startsWith('create ')) made++
    return copiesRows(statement)
  })
  return { fitsOneTransaction: !controlsTransaction && made <= MOST_MADE, isOfClean }
}

async function* untilAborted(
  pieces: AsyncIterable<Buffer>,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    if (signal.aborted) throw new MigrateError('INTERRUPTED')
    yield piece
  }
}
