import { join } from 'node:path'
import {
  ageRecipient,
  asMigrateError,
  type KeyRing,
  listArchives,
  type Migrator,
  retireKey,
} from '@fossawork/migrate'
import { pastRotation } from './past.ts'

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
  readonly retired: boolean
}

interface Retiring {
  readonly ring: KeyRing
  readonly keyFile: string | undefined
  /** Where this database's backups stand. */
  readonly folder: string
  /** Secrets in the database by the id of their key. */
  readonly inDatabase: Readonly<Record<string, number>>
}

/** Marks the keys in the file as retired that nothing needs any more, as far as it can be seen from here. */
export async function retireKeys(migrator: Migrator, retiring: Retiring): Promise<KeyUse[]> {
  const { ring, keyFile, folder, inDatabase } = retiring
  const { freeSince } = pastRotation(await migrator.log())
  const { backups, unlisted, others } = await migrator.backups()
  const archives = await archiveKeys(join(folder, 'v1-data'))
  const uses: KeyUse[] = []
  for (const key of ring.keys.slice(1)) {
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
    const retired = keyFile !== undefined && Object.values(neededBy).every((count) => count === 0)
    if (retired) await retireKey(keyFile, key.id)
    uses.push({ id: key.id, neededBy, retired })
  }
  return uses
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
