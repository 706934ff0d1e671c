import { type ChildProcess, spawn } from 'node:child_process'

export interface ProcessResult {
  /** null when a signal ended it. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunningProcess {
  readonly child: ChildProcess
  readonly done: Promise<ProcessResult>
  /** Resolves once standard output contains the text; rejects when the process ends without it. */
  printed(text: string): Promise<void>
  kill(signal?: NodeJS.Signals): Promise<ProcessResult>
}

export interface ProcessOptions {
  readonly cwd?: string
  /** Added to this process's environment; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** Starts this Node with the arguments: a TypeScript file and what it takes. */
export function startNode(args: readonly string[], options: ProcessOptions = {}): RunningProcess {
  const child = spawn(process.execPath, args, {
    cwd: options.cwd,
    env: childEnvironment(options.env),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  const looks = new Set<() => void>()
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    for (const look of looks) look()
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const done = new Promise<ProcessResult>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
  return {
    child,
    done,
    printed: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!stdout.includes(text)) return
          looks.delete(look)
          resolve()
        }
        looks.add(look)
        look()
        done.then(
          () => reject(new Error(`The process ended without printing "${text}":\n${stderr}`)),
          reject,
        )
      }),
    kill(signal = 'SIGKILL') {
      child.kill(signal)
      return done
    },
  }
}

/** Starts a TypeScript module given as text; relative imports resolve against `cwd`. */
export const startSnippet = (source: string, options: ProcessOptions = {}): RunningProcess =>
  startNode(['--input-type=module-typescript', '--eval', source], options)

/** Runs this Node with the arguments to its end. */
export const runNode = (
  args: readonly string[],
  options: ProcessOptions = {},
): Promise<ProcessResult> => startNode(args, options).done

/** Without node:test's own variable, which would change what a child that uses node:test prints. */
function childEnvironment(added: ProcessOptions['env']): NodeJS.ProcessEnv {
  const { NODE_TEST_CONTEXT: _, ...inherited } = process.env
  return { ...inherited, ...added }
}
