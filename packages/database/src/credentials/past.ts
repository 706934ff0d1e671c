import type { LogEntry } from '@fossawork/migrate'

/** The names that the work has in the journal's log. */
export const ENCRYPT = 'encrypt-credentials'
export const ROTATE = 'rotate-credentials'

/** The version that makes the tables. */
export const NEEDS: readonly string[] = ['v001_initial_schema']

/**
 * What an encryption or a rotation says of itself in the log. `work_started` has it before anything is written, so that
 * what a process leaves that is killed is known.
 */
export type Told = {
  /** The primary key. */
  readonly key?: string
  /** The tables in whose files old values may stand: all that were to be purged, or were not. */
  readonly owed?: readonly string[]
  /** At the end: whether a scan of everybody's secrets proved that none is in clear. */
  readonly proved?: boolean
  /** The other keys that secrets were found on, by a scan of whatever extent. */
  readonly held?: readonly string[]
  /** The other keys that a scan of everybody's secrets found none on, in the end. */
  readonly free?: readonly string[]
}

interface Entry {
  readonly name: string
  readonly event: LogEntry['event']
  readonly at: string
  readonly told: Told
}

/** `log`: newest first. Returns the oldest first. */
const entriesOf = (log: readonly LogEntry[]): Entry[] =>
  log
    .filter(({ event }) => event.startsWith('work_'))
    .map(({ event, at, detail }) => ({ event, at, told: JSON.parse(detail ?? '{}') }))
    .map((entry) => ({ ...entry, name: String(entry.told.name) }))
    .filter(({ name }) => name === ENCRYPT || name === ROTATE)
    .reverse()

/** What the log tells of earlier encryptions. */
export interface PastEncryption {
  /** Whether there was one at all. */
  readonly any: boolean
  /** The tables in whose files old values may still stand. */
  readonly owed: readonly string[]
  /** Since when no secret has stood in clear, as far as it was looked for; null where one may stand, or may have. */
  readonly cleanSince: string | null
}

export function pastEncryption(log: readonly LogEntry[]): PastEncryption {
  const entries = entriesOf(log).filter(({ name }) => name === ENCRYPT)
  let owed: readonly string[] = []
  let cleanSince: string | null = null
  for (const { event, at, told } of entries) {
    owed = told.owed ?? owed
    if (event === 'work_started' && owed.length) cleanSince = null
    if (event === 'work_done' && owed.length === 0 && told.proved) cleanSince = at
  }
  return { any: entries.length > 0, owed, cleanSince }
}

/** What the log tells of keys. */
export interface PastKeys {
  /** A rotation was begun and did not come to its end. */
  readonly isOpen: boolean
  /** The primary key of the last rotation or encryption that came to its end. */
  readonly lastKey: string | null
  /** All that were primary in one of them. */
  readonly used: ReadonlySet<string>
  /**
   * Since when no secret has been on a key, by its id: no later scan found one. A key that is not in it may be in any
   * backup.
   */
  readonly freeSince: ReadonlyMap<string, string>
}

export function pastKeys(log: readonly LogEntry[]): PastKeys {
  const entries = entriesOf(log)
  const freeSince = new Map<string, string>()
  const used = new Set<string>()
  let lastKey: string | null = null
  for (const { event, at, told } of entries) {
    const { key, held = [], free = [] } = told
    if (key !== undefined) {
      used.add(key)
      freeSince.delete(key)
      if (event === 'work_done') lastKey = key
    }
    for (const id of held) freeSince.delete(id)
    for (const id of free) if (!freeSince.has(id)) freeSince.set(id, at)
  }
  const last = entries.findLast(({ name }) => name === ROTATE)
  return { isOpen: last !== undefined && last.event !== 'work_done', lastKey, used, freeSince }
}
