import { MigrateError } from '../errors.ts'
import type { Io } from './io.ts'

/** Asks on the terminal. Throws CONFIRMATION_NEEDED where there is none (`instead` says what to do then), INTERRUPTED unless the answer is yes. */
export async function confirm(
  question: string,
  { stdin, stderr }: Io,
  instead?: string,
): Promise<void> {
  if (!stdin.isTTY || !stderr.isTTY) {
    throw new MigrateError('CONFIRMATION_NEEDED', {
      message: `${question} There is no terminal to answer on.`,
      ...(instead !== undefined && { hint: instead }),
    })
  }
  const prompts = await import('@clack/prompts')
  const answer = await prompts.confirm({
    message: question,
    initialValue: false,
    input: stdin,
    output: stderr,
  })
  if (answer === true) return
  throw new MigrateError('INTERRUPTED', {
    message: 'It was not confirmed; nothing was changed.',
    hint: 'Run it again and confirm it, or pass --yes.',
  })
}
