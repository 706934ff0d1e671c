import { CODES, type CodeInfo, type ErrorCode } from './codes.ts'

/** Where in a file. Lines and columns count from 1. */
export interface Place {
  readonly file?: string
  readonly line?: number
  readonly column?: number
  /** The lines around the place, the place marked. */
  readonly frame?: string
}

export interface ErrorDetails {
  /** What happened, with the names that matter. Default: the code's summary. */
  readonly message?: string
  /** What to do next. Default: the code's hint. */
  readonly hint?: string
  readonly at?: Place
  /** Character offset in the statement that failed, from 0, where the database gave one. */
  readonly offset?: number
  readonly cause?: unknown
}

/** The one error class. What it means is in its `code`; nobody needs to match its text. */
export class MigrateError extends Error {
  override readonly name = 'MigrateError'
  readonly code: ErrorCode
  readonly hint: string
  readonly at: Place | undefined
  readonly offset: number | undefined

  constructor(code: ErrorCode, details: ErrorDetails = {}) {
    super(details.message ?? CODES[code].summary, { cause: details.cause })
    this.code = code
    this.hint = details.hint ?? CODES[code].hint
    this.at = details.at
    this.offset = details.offset
  }

  /** The command line's exit status for this error. */
  get exit(): CodeInfo['exit'] {
    return CODES[this.code].exit
  }

  get retryable(): boolean {
    return CODES[this.code].retryable
  }

  /** The error as a plain value, for events and `--json`. The cause is left out: it may be anything. */
  toJSON(): { code: ErrorCode; message: string; hint: string; at?: Place } {
    return {
      code: this.code,
      message: this.message,
      hint: this.hint,
      ...(this.at && { at: this.at }),
    }
  }
}

/** What was thrown, as a MigrateError: itself, or wrapped as INTERNAL. */
export function asMigrateError(thrown: unknown): MigrateError {
  if (thrown instanceof MigrateError) return thrown
  return new MigrateError('INTERNAL', { message: describeThrown(thrown), cause: thrown })
}

/** Anything can be thrown, what has no text among it. */
function describeThrown(thrown: unknown): string {
  try {
    return thrown instanceof Error ? thrown.message : String(thrown)
  } catch {
    return 'Something without a text was thrown.'
  }
}
