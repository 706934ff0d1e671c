import type { Work } from '@fossawork/migrate'
import type { Purged, PurgeOptions } from './patience.ts'
import { purgePostgres } from './purge-postgres.ts'
import { purgeSqlite } from './purge-sqlite.ts'

/**
 * Removes what the database keeps of values that were overwritten: free pages and the WAL on SQLite; dead rows, and the
 * planner's samples of them, on PostgreSQL. Returns what is left to be done, and why.
 */
export const purge = (work: Work, options: PurgeOptions): Promise<Purged> =>
  work.dialect === 'sqlite' ? purgeSqlite(work, options) : purgePostgres(work, options)
