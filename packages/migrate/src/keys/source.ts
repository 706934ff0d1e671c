/** Names of environment variables; the first that is set counts. The key itself is never an argument. */
export interface MasterKeySource {
  /** Names a file that holds the key. */
  readonly file: string
  /** Holds the key. */
  readonly value: string
}

export const DEFAULT_MASTER_KEY: MasterKeySource = {
  file: 'MIGRATE_MASTER_KEY_FILE',
  value: 'MIGRATE_MASTER_KEY',
}
