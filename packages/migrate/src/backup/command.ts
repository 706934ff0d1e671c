import { spawn } from 'node:child_process'
import { MigrateError } from '../errors.ts'
import type { Emit } from '../events.ts'

/** The last lines of what a command said that go into an error. */
const LAST_LINES = 5

/**
 * Runs a backup command of the user's: program and arguments, without a shell, in the working folder. What it prints
 * is told as notices. It gets the environment of this process, DATABASE_URL and the master key in it: it may need them.
 * Throws BACKUP_FAILED unless it ends with 0, INTERRUPTED.
 */
export function runCommand(
  command: readonly string[],
  { emit, signal }: { readonly emit: Emit; readonly signal: AbortSignal },
): Promise<void> {
  const [program = '', ...args] = command
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { signal, stdio: ['ignore', 'pipe', 'pipe'] })
    const said: string[] = []
    let problem: Error | undefined
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        for (const line of text.split('\n').filter(Boolean)) {
          said.push(line)
          if (said.length > LAST_LINES) said.shift()
          emit({ type: 'notice', severity: 'backup', message: line })
        }
      })
    }
    child.on('error', (error) => {
      problem = error
    })
    child.on('close', (status, killedBy) => {
      if (signal.aborted) return reject(new MigrateError('INTERRUPTED'))
      if (status === 0 && !problem) return resolve()
      const words = problem?.message ?? (said.join('\n') || 'it said nothing')
      reject(
        new MigrateError('BACKUP_FAILED', {
          message: `The backup command ${program} ended with ${status ?? killedBy ?? 'an error'}: ${words}. Nothing was changed.`,
        }),
      )
    })
  })
}
