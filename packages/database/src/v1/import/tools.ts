import type { DialectName } from '@fossawork/migrate'
import type { Digest } from './digest.ts'
import type { Sealing } from './sealing.ts'

/** What all parts of an import work with. */
export interface Tools {
  readonly dialect: DialectName
  readonly digest: Digest
  readonly sealing: Sealing
}
