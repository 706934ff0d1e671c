import type { JournalRow, LoggedState } from './read.ts'

/** The state that the log gives a version whose row was removed. */
export const FORGOTTEN = 'forgotten'

/** A version whose row is not what the log last said of it. */
export interface HandChange {
  readonly version: string
  readonly before: LoggedState | null
  readonly status: string
  readonly checksum: string | null
}

/** What was changed in `schema_migrations` past the log: by SQL by hand, by an emergency script. */
export function findHandChanges(
  rows: ReadonlyMap<string, JournalRow>,
  logged: ReadonlyMap<string, LoggedState>,
): HandChange[] {
  const changes: HandChange[] = []
  for (const version of new Set([...rows.keys(), ...logged.keys()])) {
    const row = rows.get(version)
    const before = logged.get(version) ?? null
    const status = row?.status ?? FORGOTTEN
    const checksum = row?.checksum ?? null
    const same =
      status === (before?.status ?? FORGOTTEN) && (!row || checksum === (before?.checksum ?? null))
    if (!same) changes.push({ version, before, status, checksum })
  }
  return changes
}

export const describeHandChange = ({ version, before, status }: HandChange): string =>
  `${version} was changed by hand in schema_migrations: it was ${before?.status ?? 'not there'}, it is ${status}.`
