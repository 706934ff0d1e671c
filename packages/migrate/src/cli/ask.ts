import { MigrateError } from '../errors.ts'
import type { Io } from './io.ts'
import { assertTerminal } from './terminal.ts'

/**
 * Lets the user write a line, which must not be empty. Throws CONFIRMATION_NEEDED with `instead` where there is no
 * terminal, INTERRUPTED where nothing was written.
 */
export async function ask(question: string, instead: string, io: Io): Promise<string> {
  assertTerminal(question, 'answer', instead, io)
  const prompts = await import('@clack/prompts')
  const answer = await prompts.text({
    message: question,
    validate: (text) => (text?.trim() ? undefined : 'It must not be empty.'),
    input: io.stdin,
    output: io.stderr,
  })
  if (typeof answer === 'string') return answer.trim()
  throw new MigrateError('INTERRUPTED', {
    message: 'Nothing was written; nothing was changed.',
    hint: 'Run it again and answer.',
  })
}
