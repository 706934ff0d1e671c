import { spawn } from 'node:child_process'
import { basename } from 'node:path'
import { PassThrough, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { MigrateError } from '../../../errors.ts'

export interface Program {
  readonly path: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
  readonly signal: AbortSignal
  /** Becomes its standard input. What it throws ends the program and is thrown. */
  readonly input?: Readable
  /** Reads its standard output, which ends with an error where the program fails. */
  readonly output?: (stdout: Readable) => Promise<void>
  /** Sees each line of its standard error; one for which it says true is not kept. */
  readonly onLine?: (line: string) => boolean
}

export interface Ended {
  readonly succeeded: boolean
  /** How it ended and what it said at the end, for a message: without the password and what the server quotes of rows. */
  readonly words: string
  /** Where it crashed: which program, of what. */
  readonly crashed: string | null
  /** What it said at the end as it said it, to tell what it means: no message shows it. */
  readonly said: string
  /** All that it said of itself as it said it, up to a limit. */
  readonly lines: readonly string[]
  /** Whether that is all of it. */
  readonly saidAll: boolean
}

const KEPT_LINES = 200
const SHOWN_LINES = 5
const CRASHES = new Set<string>(['SIGSEGV', 'SIGBUS', 'SIGABRT', 'SIGILL', 'SIGFPE'])

/** Runs a program to its end, which a signal brings about. Throws INTERRUPTED, and what input and output throw. */
export async function runProgram(program: Program): Promise<Ended> {
  const { path, args, env, signal, input, output, onLine } = program
  if (signal.aborted) throw interrupted()
  const child = spawn(path, args, {
    env,
    signal,
    stdio: [input ? 'pipe' : 'ignore', output ? 'pipe' : 'ignore', 'pipe'],
  })
  let failed: unknown
  const end = (error: unknown) => {
    failed ??= error
    child.kill()
    // it counts as closed only when what it wrote was read
    child.stdout?.destroy()
  }
  let startError: string | undefined
  child.on('error', (error) => {
    startError = error.message
    child.stdout?.destroy()
  })
  const kept = keepLines(child.stderr as Readable, onLine)
  const feeding = input && child.stdin ? feed(input, child.stdin).catch(end) : undefined
  // apart from the child's, which ends in the same way whether it succeeded or not
  const stdout = new PassThrough().on('error', () => {})
  if (output) child.stdout?.pipe(stdout, { end: false })
  const reading = output?.(stdout).catch(end)
  const ended = await new Promise<Ended>((resolve) => {
    // nobody writes any more then
    child.on('close', (code, killedBy) => {
      const lines = kept.lines.filter((line) => line.startsWith(`${basename(path)}:`))
      const said = lines.slice(-SHOWN_LINES).join('\n')
      const shown = withoutPassword(lines.slice(-SHOWN_LINES).map(withoutValues).join('\n'), env)
      const how = `${path} ended with ${code ?? killedBy}`
      resolve({
        succeeded: code === 0,
        words: `${how}: ${shown || startError || 'it said nothing'}`,
        crashed: CRASHES.has(killedBy ?? '') ? `${path} crashed (${killedBy})` : null,
        said: said || startError || '',
        lines,
        saidAll: !kept.isCut,
      })
    })
  })
  // what reads its output fails as well where the program does, which is the one to tell then
  const first = failed
  if (ended.succeeded) stdout.end()
  else stdout.destroy(new Error(ended.words))
  if (!ended.succeeded) input?.destroy()
  await Promise.all([feeding, reading])
  if (signal.aborted) throw interrupted()
  const thrown = ended.succeeded ? failed : first
  if (thrown) throw thrown
  return ended
}

/** A program that has read enough, or has failed, closes its input: that is its own affair. */
async function feed(input: Readable, stdin: NodeJS.WritableStream): Promise<void> {
  try {
    await pipeline(input, stdin)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'EPIPE' && code !== 'ECONNRESET' && code !== 'ERR_STREAM_PREMATURE_CLOSE') {
      throw error
    }
  }
}

interface Kept {
  readonly lines: string[]
  /** Whether some in the middle are gone. */
  isCut: boolean
}

function keepLines(stderr: Readable, onLine: Program['onLine']): Kept {
  const kept: Kept = { lines: [], isCut: false }
  let rest = ''
  const keep = (line: string) => {
    if (!line || onLine?.(line) || kept.lines.push(line) <= KEPT_LINES) return
    kept.lines.splice(KEPT_LINES / 2, 1)
    kept.isCut = true
  }
  stderr.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n')
    rest = parts.pop() ?? ''
    for (const line of parts) keep(line)
  })
  stderr.on('end', () => keep(rest))
  return kept
}

/** The server quotes values of rows in some messages; what else it quotes stands in lines that are left out. */
const withoutValues = (line: string): string =>
  line.replace(/(ERROR: .*(?:invalid|out of range|malformed|too long)[^:]*): ?".*"/, '$1: "…"')

/** Where it stands by itself, and not where a longer word has the same letters. */
function withoutPassword(text: string, { PGPASSWORD }: NodeJS.ProcessEnv): string {
  if (!PGPASSWORD) return text
  const literally = PGPASSWORD.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
  return text.replace(
    new RegExp(`(?<![\\p{L}\\p{N}_])${literally}(?![\\p{L}\\p{N}_])`, 'gu'),
    '[redacted]',
  )
}

const interrupted = (): MigrateError =>
  new MigrateError('INTERRUPTED', { message: 'It was interrupted; nothing was changed.' })
