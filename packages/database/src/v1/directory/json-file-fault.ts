import type { Quarantine, QuarantineCode } from '../record.ts'

/** Why a file that is streamed cannot be read on. Holds nothing of what is in the file. */
export class JsonFileFault extends Error {
  override readonly name = 'JsonFileFault'
  readonly code: QuarantineCode
  /** What is wrong, as a sentence without its end. */
  readonly about: string
  /** The byte, in the file as UTF-8 without a byte order mark; null where it is no one place. */
  readonly at: number | null

  constructor(code: QuarantineCode, about: string, at: number | null = null) {
    super(about)
    this.code = code
    this.about = about
    this.at = at
  }
}

/** What is told of a fault. `place`: where it is, `line 1, column 5`. */
export const quarantineOf = ({ code, about }: JsonFileFault, place: string | null): Quarantine => ({
  code,
  message: place === null ? `${about}.` : `${about} at ${place}.`,
})
