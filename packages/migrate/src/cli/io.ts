/** What a command line may touch of the world. Nothing outside `cli/` sees a process or a terminal. */
export interface Io {
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** Calls back at SIGINT and SIGTERM instead of ending the process, until what it returns is called. */
  onSignal(listener: (signal: NodeJS.Signals) => void): () => void
  exit(status: number): never
}

/** This process. A reader that goes away, as `| head` does, ends no run. */
export function processIo(): Io {
  const { stdin, stdout, stderr, env } = process
  for (const stream of [stdout, stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
  }
  return {
    stdin,
    stdout,
    stderr,
    env,
    cwd: process.cwd(),
    onSignal(listener) {
      process.on('SIGINT', listener).on('SIGTERM', listener)
      return () => process.off('SIGINT', listener).off('SIGTERM', listener)
    },
    exit: (status) => process.exit(status),
  }
}
