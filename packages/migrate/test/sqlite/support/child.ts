import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { TestContext } from 'node:test'

export interface Child {
  readonly process: ChildProcess
  /** What it printed first. */
  readonly line: string
  /** Ends it by SIGKILL and waits for that. */
  kill(): Promise<void>
}

/** Runs TypeScript in a process of its own; resolves when it has printed something. */
export async function startChild(
  t: TestContext,
  source: string,
  options: { uid?: number; gid?: number } = {},
): Promise<Child> {
  const child = spawn(
    process.execPath,
    ['--no-warnings', '--input-type=module-typescript', '--eval', source],
    { stdio: ['ignore', 'pipe', 'inherit'], cwd: '/', ...options },
  )
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  t.after(kill)
  const [line] = await Promise.race([
    once(child.stdout as NodeJS.ReadableStream, 'data'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`the child ended with ${code} and printed nothing`)
    }),
  ])
  return { process: child, line: String(line), kill }
}
