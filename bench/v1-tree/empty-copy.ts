/** A database with the schema of another one, its indexes and triggers too, and none of its rows. */
export interface EmptyCopy {
  /** Reads all rows of a table in the other one, then adds them here in one transaction, which alone is timed. */
  fill(table: string): Promise<{ rows: number; ms: number }>
  /** Removes it. */
  remove(): Promise<void>
}
