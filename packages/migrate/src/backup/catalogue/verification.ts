import type { Finding } from '../../finding.ts'
import type { DatabaseId } from './index-file.ts'
import type { Manifest } from './manifest.ts'

/** One backup, as it was found. */
export interface VerifiedBackup {
  /** Null for a file outside the catalogue that has no manifest. */
  readonly id: string | null
  /** The first of its files, an absolute path. */
  readonly file: string
  readonly database: DatabaseId | null
  /** Null where it cannot be read, or is not what it was. */
  readonly manifest: Manifest | null
  /** No finding of it is an error. */
  readonly ok: boolean
  readonly findings: readonly Finding[]
}

export interface Verification {
  /** Those listed last come first. */
  readonly backups: readonly VerifiedBackup[]
  /** Of the folder and of what is not listed; empty when one file was asked for. */
  readonly findings: readonly Finding[]
}

export interface VerifyOptions {
  readonly folder: string
  /** Only this one: a path, absolute, relative to the working folder or to the backups' folder, or a bare name. */
  readonly file?: string | undefined
  /** In bytes. */
  readonly onProgress?: (done: number, total: number) => void
  readonly onVerified?: (backup: VerifiedBackup) => void
  readonly signal?: AbortSignal | undefined
  /** What else is to be proved of a backup that was found whole: a restore test. Its findings are added. */
  readonly test?: (manifest: Manifest, file: string) => Promise<readonly Finding[]>
}
