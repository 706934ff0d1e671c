import type { RightFault, RoleNames } from '../dialect/roles-port.ts'

/** A file and its mode, as `chmod` takes it: `0644`. */
export interface FileAccess {
  readonly file: string
  readonly mode: string
  /** What it should be: the owner's and the group's rights stay. */
  readonly wanted: string
}

export interface GrantsOptions {
  readonly apply: boolean
  readonly roles: RoleNames
  readonly waitMs: number
}

export interface GrantsResult {
  /** 'planned': something is to do, and was not done. */
  readonly outcome: 'done' | 'nothing' | 'planned'
  /** False before the first `migrate`, which makes it and keeps it from the application; no log can say what was done. */
  readonly hasJournal: boolean
  /** Null on SQLite, which has none. */
  readonly roles: RoleNames | null
  /** How many tables, views and sequences were looked at, or files. */
  readonly checked: number
  /** What was, or is to be, run: SQL; on SQLite commands of the shell. */
  readonly statements: readonly string[]
  /** What was found that is not as it should be. */
  readonly faults: readonly RightFault[]
  /** SQLite: the database's files and their modes. */
  readonly files: readonly FileAccess[]
}
