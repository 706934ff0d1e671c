import { MigrateError } from '../errors.ts'
import type { Io } from './io.ts'

/** Whether there is somebody to ask. */
export const isTerminal = ({ stdin, stderr }: Io): boolean =>
  stdin.isTTY === true && stderr.isTTY === true

/** Throws CONFIRMATION_NEEDED where there is nobody to ask: `how` is what one would do there, `instead` what to do then. */
export function assertTerminal(
  question: string,
  how: 'answer' | 'choose',
  instead: string | undefined,
  io: Io,
): void {
  if (isTerminal(io)) return
  throw new MigrateError('CONFIRMATION_NEEDED', {
    message: `${question} There is no terminal to ${how} on.`,
    ...(instead !== undefined && { hint: instead }),
  })
}
