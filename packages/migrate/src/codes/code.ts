/** What an error code means: one row of `CODES`. */
export interface CodeInfo {
  /** One sentence on what happened, for `docs/errors.md` and as the message when none is given. */
  readonly summary: string
  /** What to do next. */
  readonly hint: string
  /** The command line's exit status: 1 failed, 2 usage, 3 needs attention, 4 lock, 130 interrupted. */
  readonly exit: 1 | 2 | 3 | 4 | 130
  /** Whether the same call may succeed if it is simply made again. */
  readonly retryable: boolean
}

export const code = (
  exit: CodeInfo['exit'],
  summary: string,
  hint: string,
  retryable = false,
): CodeInfo => ({ summary, hint, exit, retryable })
