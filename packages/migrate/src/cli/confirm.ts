import { MigrateError } from '../errors.ts'
import type { Io } from './io.ts'
import { assertTerminal } from './terminal.ts'

/** Asks on the terminal. Throws CONFIRMATION_NEEDED where there is none (`instead` says what to do then), INTERRUPTED unless the answer is yes. */
export async function confirm(question: string, io: Io, instead?: string): Promise<void> {
  assertTerminal(question, 'answer', instead, io)
  const prompts = await import('@clack/prompts')
  const answer = await prompts.confirm({
    message: question,
    initialValue: false,
    input: io.stdin,
    output: io.stderr,
  })
  if (answer === true) return
  throw new MigrateError('INTERRUPTED', {
    message: 'It was not confirmed; nothing was changed.',
    hint: 'Run it again and confirm it, or pass --yes.',
  })
}
