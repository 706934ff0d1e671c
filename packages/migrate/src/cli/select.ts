import { MigrateError } from '../errors.ts'
import type { Io } from './io.ts'

export interface Choice {
  readonly value: string
  readonly label: string
}

/**
 * Lets the user choose with the arrow keys. Throws CONFIRMATION_NEEDED with `instead` where there is no terminal,
 * INTERRUPTED where nothing was chosen.
 */
export async function select(
  question: string,
  choices: readonly Choice[],
  instead: string,
  { stdin, stderr }: Io,
): Promise<string> {
  if (!stdin.isTTY || !stderr.isTTY) {
    throw new MigrateError('CONFIRMATION_NEEDED', {
      message: `${question} There is no terminal to choose on.`,
      hint: instead,
    })
  }
  const prompts = await import('@clack/prompts')
  const answer = await prompts.select({
    message: question,
    options: choices.map((choice) => ({ ...choice })),
    maxItems: 10,
    input: stdin,
    output: stderr,
  })
  if (typeof answer === 'string') return answer
  throw new MigrateError('INTERRUPTED', {
    message: 'Nothing was chosen; nothing was changed.',
    hint: 'Run it again and choose one.',
  })
}
