import { type ChildProcess, fork } from 'node:child_process'
import { MigrateError } from '../../../errors.ts'
import { type Answer, resultOf } from './answer.ts'
import { besides } from './background.ts'
import { assertGoesOn } from './goes-on.ts'
import type { buildFromText } from './sql-text.ts'

/** The signals of Ctrl-C and of a polite `kill`, which a terminal or a service manager sends to all of a group. */
const ASKED_TO_END: readonly (string | null)[] = ['SIGINT', 'SIGTERM', 'SIGHUP']

/**
 * `buildFromText` in a process of its own, which an abort kills: nothing ends a thread within a statement, and one of
 * somebody else's text may never end by itself. Throws INTERRUPTED, and what `buildFromText` throws.
 */
export async function buildInProcess(
  textFile: string,
  file: string,
  signal: AbortSignal,
): Promise<void> {
  assertGoesOn(signal)
  const child = fork(besides('sql-text-child'), {
    execArgv: [],
    serialization: 'advanced',
    // its standard input says when this process is gone
    stdio: ['pipe', 'ignore', 'inherit', 'ipc'],
  })
  const paths: Parameters<typeof buildFromText> = [textFile, file]
  // one that is gone already is told by its end
  child.send(paths, () => {})
  const abort = (): void => {
    child.kill('SIGKILL')
  }
  signal.addEventListener('abort', abort, { once: true })
  try {
    const { answer, endedBy } = await endOf(child)
    assertGoesOn(signal)
    if (answer) return resultOf(answer)
    if (ASKED_TO_END.includes(endedBy)) throw new MigrateError('INTERRUPTED')
    throw new MigrateError('RESTORE_FAILED', {
      message: `The process that ran the SQL text ended early${endedBy ? ` by ${endedBy}` : ''}. The database was not touched.`,
      hint: 'Something may have killed it for its memory: look at the system log, then run it again.',
    })
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

interface End {
  readonly answer: Answer<void> | null
  readonly endedBy: NodeJS.Signals | null
}

const endOf = (child: ChildProcess): Promise<End> =>
  new Promise((resolve, reject) => {
    let answer: Answer<void> | null = null
    child.on('message', (message) => {
      answer = message as Answer<void>
    })
    child.on('error', reject)
    child.on('close', (_, endedBy) => resolve({ answer, endedBy }))
  })
