import type { LogEntry } from '@fossawork/migrate'

/** The names that the work has in the journal's log. */
export const ENCRYPT = 'encrypt-credentials'
export const ROTATE = 'rotate-credentials'

/** The version that makes the tables. */
export const NEEDS: readonly string[] = ['v001_initial_schema']

/** What the log tells of earlier encryptions. */
export interface PastEncryption {
  /** 'open': one was begun, and what it overwrote was never purged. */
  readonly purge: 'none' | 'open' | 'done'
  /** When it was done. */
  readonly purgedAt: string | null
}

interface Told {
  readonly event: LogEntry['event']
  readonly at: string
  readonly detail: Readonly<Record<string, unknown>>
}

/** `log`: newest first. */
export function pastEncryption(log: readonly LogEntry[]): PastEncryption {
  const told = toldOf(log, ENCRYPT)
  const done = told.findIndex(
    ({ event, detail }) => event === 'work_done' && detail.purge === 'done',
  )
  const begun = (done < 0 ? told : told.slice(0, done)).some(
    ({ event }) => event === 'work_started',
  )
  return {
    purge: begun ? 'open' : done < 0 ? 'none' : 'done',
    purgedAt: told[done]?.at ?? null,
  }
}

/** What the log tells of earlier rotations. */
export interface PastRotation {
  /** One was begun and did not come to its end. */
  readonly isOpen: boolean
  /** The primary key of the last rotation or encryption that came to its end. */
  readonly lastKey: string | null
  /** Since when no secret has been on a key, by its id; a key that is not in it may be in any backup. */
  readonly freeSince: ReadonlyMap<string, string>
}

/** `log`: newest first. */
export function pastRotation(log: readonly LogEntry[]): PastRotation {
  const rotations = toldOf(log, ROTATE)
  const done = [...rotations, ...toldOf(log, ENCRYPT)]
    .filter(({ event }) => event === 'work_done')
    .sort((a, b) => (a.at < b.at ? -1 : 1))
  const freeSince = new Map<string, string>()
  let lastKey: string | null = null
  for (const { at, detail } of done) {
    const { key, moved, free } = detail as {
      key?: string
      moved?: readonly string[]
      free?: readonly string[]
    }
    lastKey = key ?? lastKey
    for (const id of [key, ...(moved ?? [])]) if (id !== undefined) freeSince.delete(id)
    for (const id of free ?? []) if (!freeSince.has(id)) freeSince.set(id, at)
  }
  return { isOpen: rotations[0]?.event === 'work_started', lastKey, freeSince }
}

function toldOf(log: readonly LogEntry[], name: string): Told[] {
  return log
    .filter(({ event }) => event.startsWith('work_'))
    .map(({ event, at, detail }) => ({ event, at, detail: JSON.parse(detail ?? '{}') }))
    .filter(({ detail }) => detail.name === name)
}
