import type { Readable } from 'node:stream'
import type { KeyRing } from '../../keys/ring.ts'

/** What is to be archived, and where. */
export interface ArchiveRequest {
  /** Made where it is not there, for this user alone. */
  readonly folder: string
  /** Without an extension: letters, digits, `.`, `_` and `-`. Where it is taken, the archive gets `_2`. */
  readonly name: string
  /** What is archived. Asked once. What it fails with comes through, as a MigrateError that names the source. */
  readonly raw: () => Readable
  /** The primary key encrypts. */
  readonly keys: KeyRing
  /** For the manifest, as JSON: what it is. Nothing secret. */
  readonly about: Readonly<Record<string, unknown>>
  readonly signal: AbortSignal
  /** Bytes so far: raw ones that are packed, then stored ones that are read again. */
  readonly onProgress: (done: number, phase: 'pack' | 'read') => void
}
