import { asMigrateError, MigrateError } from '../errors.ts'

/** What is known of the process besides. */
interface Known {
  /** Whether the command line itself ends the process. */
  readonly isLeaving: () => boolean
  /** Why standard output or standard error cannot be written; null where they can. */
  readonly lost: () => NodeJS.ErrnoException | null
}

const STANDS = 'What was committed stands, see `status`.'

/**
 * Tells `listener` of errors that nobody catches, of an output that was lost, and of an end of the process that the
 * command did not ask for: a migration may call `process.exit`, or wait for what never comes. What it returns says
 * that the command is done, after which the process may end.
 */
export function watchProcess(
  listener: (error: MigrateError) => void,
  { isLeaving, lost }: Known,
): () => void {
  let isDone = false
  const ended = (why: string): void =>
    listener(
      new MigrateError('INTERNAL', {
        message: `The process ended before the command was done: ${why}.`,
        hint: `Look for it in the migration that ran last, or in the configuration. ${STANDS}`,
      }),
    )
  const onUncaught = (thrown: unknown): void =>
    listener(
      new MigrateError('INTERNAL', {
        message: `An error was caught by nobody: ${asMigrateError(thrown).message}`,
        hint: `Look for a promise that a migration does not await; --verbose shows where it was made. ${STANDS}`,
        cause: thrown,
      }),
    )
  process.on('uncaughtException', onUncaught).on('unhandledRejection', onUncaught)
  process.on('beforeExit', () => {
    if (!isDone) ended('a promise never settles, and nothing else is left to wait for')
  })
  process.on('exit', (status) => {
    if (isLeaving()) return
    if (!isDone) return ended(`something called process.exit(${status})`)
    const cause = lost()
    if (cause) listener(lostOutput(cause))
  })
  return () => {
    isDone = true
  }
}

const lostOutput = (cause: NodeJS.ErrnoException): MigrateError =>
  new MigrateError(cause.code === 'ENOSPC' ? 'DISK_FULL' : 'INTERNAL', {
    message: `The output cannot be written: ${cause.message}.`,
    hint: 'What the command did stands, see `status`.',
    cause,
  })
