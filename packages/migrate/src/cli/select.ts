import { MigrateError } from '../errors.ts'
import type { Io } from './io.ts'
import { assertTerminal } from './terminal.ts'

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
  io: Io,
): Promise<string> {
  assertTerminal(question, 'choose', instead, io)
  const prompts = await import('@clack/prompts')
  const answer = await prompts.select({
    message: question,
    options: choices.map((choice) => ({ ...choice })),
    maxItems: 10,
    input: io.stdin,
    output: io.stderr,
  })
  if (typeof answer === 'string') return answer
  throw new MigrateError('INTERRUPTED', {
    message: 'Nothing was chosen; nothing was changed.',
    hint: 'Run it again and choose one.',
  })
}
