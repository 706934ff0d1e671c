import type { Quarantine, QuarantineCode } from '../record.ts'

/** Why a file that is streamed cannot be read on. Holds nothing of what is in the file. */
export class JsonFileFault extends Error {
  override readonly name = 'JsonFileFault'
  readonly quarantine: Quarantine

  constructor(code: QuarantineCode, message: string) {
    super(message)
    this.quarantine = { code, message }
  }
}
