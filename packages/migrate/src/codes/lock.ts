import { type CodeInfo, code } from './code.ts'

/** The run lock. */
export const LOCK = {
  LOCK_TIMEOUT: code(
    4,
    'Another run holds the lock.',
    'Wait for it, raise --wait, or look at it with `unlock`.',
    true,
  ),
  LOCK_LOST: code(
    1,
    'The lock was lost during the run.',
    'Check the connection to the database, then run again.',
    true,
  ),
  LOCK_HELD: code(
    3,
    'The lock is held by a run that is alive.',
    'Stop that run, or pass --force where it can be broken.',
  ),
} as const satisfies Record<string, CodeInfo>
