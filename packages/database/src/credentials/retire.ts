import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  ageRecipient,
  asMigrateError,
  type Finding,
  type KeyRing,
  listArchives,
  type Migrator,
  retireKey,
} from '@fossawork/migrate'
import { pastKeys } from './past.ts'

/** A key that is not the primary one. */
export interface KeyUse {
  readonly id: string
  /** What cannot be read without it; a retired key stays in its file too. */
  readonly neededBy: {
    /** Secrets in the database. */
    readonly secrets: number
    /** Backups that are encrypted for it, or may hold secrets that are. */
    readonly backups: number
    readonly archives: number
  }
  /** By this run, or already. */
  readonly retired: boolean
}

export interface Retiring {
  readonly ring: KeyRing
  readonly keyFile: string | undefined
  /** Where this database's backups stand. */
  readonly folder: string
  /** Secrets in the database by the id of their key: everybody's. */
  readonly inDatabase: Readonly<Record<string, number>>
}

export interface Retired {
  readonly others: readonly KeyUse[]
  /** The ids of the keys that were marked by this run. */
  readonly now: readonly string[]
  readonly findings: readonly Finding[]
}

/**
 * Marks the keys in the file as retired that nothing needs any more, as far as it can be seen from here. By then every
 * secret is where it belongs: what goes wrong is told, and done by the next run.
 */
export async function retireKeys(migrator: Migrator, retiring: Retiring): Promise<Retired> {
  const { ring, keyFile } = retiring
  const now: string[] = []
  if (ring.keys.length === 1) return { others: [], now, findings: [] }
  try {
    const others: KeyUse[] = []
    for (const use of await usesOf(migrator, retiring)) {
      const isFree = Object.values(use.neededBy).every((count) => count === 0)
      const retired = isFree && Boolean(keyFile)
      if (retired && keyFile && (await mark(keyFile, use.id))) now.push(use.id)
      others.push({ ...use, retired })
    }
    return { others, now, findings: [] }
  } catch (thrown) {
    const { code, message, hint } = asMigrateError(thrown)
    if (code === 'INTERRUPTED') throw thrown
    return { others: [], now, findings: [notRetired(message, hint)] }
  }
}

/** Whether that changed the file: a key that is retired already stays as it is. */
async function mark(file: string, id: string): Promise<boolean> {
  const before = await readFile(file)
  await retireKey(file, id)
  return !before.equals(await readFile(file))
}

const notRetired = (why: string, hint: string): Finding => ({
  code: 'KEY_NOT_RETIRED',
  severity: 'warning',
  message: `Every secret is on the primary key, but whether an older one can be retired could not be seen to: ${why}`,
  fix: `${hint} Then run \`encrypt-credentials\`: it does what is left.`,
})

async function usesOf(migrator: Migrator, { ring, folder, inDatabase }: Retiring) {
  const { freeSince } = pastKeys(await migrator.log())
  const { backups, unlisted, others } = await migrator.backups()
  const archives = await archiveKeys(join(folder, 'v1-data'))
  return ring.keys.slice(1).map((key) => {
    const recipient = ageRecipient(key)
    const since = freeSince.get(key.id)
    // a backup holds the secrets as they were sealed when it was taken
    const isFromBefore = (takenAt: string): boolean => since === undefined || takenAt <= since
    const needing = [...backups, ...unlisted].filter(
      ({ manifest }) =>
        manifest === null ||
        manifest.encryption?.recipient === recipient ||
        isFromBefore(manifest.takenAt),
    )
    const ofOthers = others.filter(({ manifest }) => manifest.encryption?.recipient === recipient)
    const neededBy = {
      secrets: inDatabase[key.id] ?? 0,
      backups: needing.length + ofOthers.length,
      archives: archives.filter((id) => id === null || id === key.id).length,
    }
    return { id: key.id, neededBy }
  })
}

/** The key of each archive; null for what cannot be told. */
async function archiveKeys(folder: string): Promise<(string | null)[]> {
  try {
    return (await listArchives(folder)).map(({ manifest }) => manifest.keyId)
  } catch (thrown) {
    const { code } = asMigrateError(thrown)
    if (code === 'BACKUP_DAMAGED' || code === 'BACKUP_NEWER') return [null]
    throw thrown
  }
}
