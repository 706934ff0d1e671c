import { MigrateError } from '../errors.ts'
import { muteModuleWarning } from './module-warning.ts'
import { watchProcess } from './watch.ts'

/** What a command line may touch of the world. Nothing outside `cli/` sees a process or a terminal. */
export interface Io {
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  readonly env: Readonly<Record<string, string | undefined>>
  /** The working folder. */
  readonly cwd: string
  /** Calls back at SIGINT and SIGTERM instead of ending the process, until what it returns is called. */
  onSignal(listener: (signal: NodeJS.Signals) => void): () => void
  /**
   * Calls back with what goes wrong past the command: an error that nobody catches, an output that cannot be written
   * and, until what it returns is called, the end of the process.
   */
  onStray(listener: (error: MigrateError) => void): () => void
  exit(status: number): never
}

/** This process. A reader that goes away, as `| head` does, ends no run. */
export function processIo(): Io {
  const { stdin, stdout, stderr, env } = process
  let isLeaving = false
  let lost: Error | null = null
  for (const stream of [stdout, stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') lost ??= error
    })
  }
  muteModuleWarning()
  return {
    stdin,
    stdout,
    stderr,
    env,
    // asked for when it is needed: `--help` needs none
    get cwd() {
      return workingFolder()
    },
    onSignal(listener) {
      process.on('SIGINT', listener).on('SIGTERM', listener)
      return () => process.off('SIGINT', listener).off('SIGTERM', listener)
    },
    onStray: (listener) => watchProcess(listener, { isLeaving: () => isLeaving, lost: () => lost }),
    exit(status) {
      isLeaving = true
      process.exit(status)
    },
  }
}

function workingFolder(): string {
  try {
    return process.cwd()
  } catch (cause) {
    throw new MigrateError('INTERNAL', {
      message: 'The working folder is not there any more.',
      hint: 'Change to a folder that is there, then run it again.',
      cause,
    })
  }
}
