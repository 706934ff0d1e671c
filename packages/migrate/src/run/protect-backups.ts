import { join } from 'node:path'
import {
  type Catalogue,
  type CatalogueEntry,
  entriesOf,
  isOf,
  readCatalogue,
  type Unusable,
} from '../backup/catalogue/catalogue.ts'
import { findDamage, removeEntries } from '../backup/catalogue/cleanup.ts'
import { unlessFull } from '../backup/catalogue/folder-error.ts'
import { createHasher } from '../backup/catalogue/hash-file.ts'
import { readIndex } from '../backup/catalogue/index-file.ts'
import { mendCatalogue } from '../backup/catalogue/mend.ts'
import { removeListed } from '../backup/catalogue/removal.ts'
import {
  findUnencrypted,
  isClear,
  type UnencryptedBackup,
} from '../backup/catalogue/unencrypted.ts'
import { findListed } from '../backup/catalogue/verify-file.ts'
import { type EncryptRequest, encryptStored } from '../backup/encrypt-stored.ts'
import { asMigrateError, MigrateError } from '../errors.ts'
import type { Finding } from '../finding.ts'
import { ageIdentity, ageRecipient } from '../keys/age.ts'
import { backupFolder, databaseOf, spaceContext } from './backup-folder.ts'
import { isFuture } from './choose-backup.ts'
import type { RunContext } from './context.ts'
import { holdLock } from './session.ts'
import { requireKeys } from './take-backup.ts'

export type { UnencryptedBackup }

export interface ProtectOptions {
  /** Paths or names of unencrypted backups; one that stands in several tiers is protected in all of them. */
  readonly files: readonly string[]
  /** 'encrypt' for the primary master key, or 'delete'. */
  readonly action: 'encrypt' | 'delete'
  readonly waitMs: number
}

export interface ProtectedBackup {
  /** The unencrypted file, which is gone: the first, where it stood in several tiers. */
  readonly file: string
  /** What took its place; null where it was deleted. */
  readonly encrypted: string | null
}

export interface ProtectResult {
  readonly outcome: 'done' | 'nothing'
  readonly backups: readonly ProtectedBackup[]
  /** What killed runs had left; and as errors and warnings what still stands unencrypted, and why. */
  readonly findings: readonly Finding[]
}

/** The backups of this database that stand unencrypted. Writes nothing. */
export const unencryptedBackups = (ctx: RunContext): Promise<readonly UnencryptedBackup[]> =>
  findUnencrypted(backupFolder(ctx), databaseOf(ctx))

/**
 * Encrypts unencrypted backups, or deletes them, damaged ones too; those that are encrypted or gone already are passed
 * over. The clear one goes only after the encrypted one was read again and published, so that a process that dies on
 * the way leaves one of them or both whole. Throws BACKUP_NOT_FOUND for a file that is not there and for another database's backup,
 * KEY_MISSING, DISK_FULL, PERMISSION_DENIED.
 */
export async function protectBackups(
  ctx: RunContext,
  { files, action, waitMs }: ProtectOptions,
): Promise<ProtectResult> {
  const protect = action === 'encrypt' ? await encrypting(ctx) : deleting(ctx)
  return holdLock(ctx, { purpose: 'backup', waitMs }, async () => {
    const { entries, unusable, findings } = await choose(ctx, files)
    const backups: ProtectedBackup[] = []
    for (const damaged of unusable) {
      const file = join(backupFolder(ctx), damaged.listed.path)
      const stays = action === 'delete' ? await removeDamaged(ctx, file, damaged) : damaged.finding
      if (stays) findings.push(stays)
      else backups.push({ file, encrypted: null })
    }
    for (const entry of entries) {
      const { encrypted, stays } = await protect(entry)
      findings.push(...stays)
      if (stays.length === 0) backups.push({ file: entry.file, encrypted })
    }
    return { outcome: backups.length ? 'done' : 'nothing', backups, findings }
  })
}

/** The unencrypted ones of the backups that were named, after what killed runs began was ended. */
async function choose(
  ctx: RunContext,
  files: readonly string[],
): Promise<{ entries: CatalogueEntry[]; unusable: Unusable[]; findings: Finding[] }> {
  const folder = backupFolder(ctx)
  const database = databaseOf(ctx)
  const before = await readIndex(folder)
  const findings: Finding[] = [...((await unlessFull(mendCatalogue(folder, database))) ?? [])]
  const after = await readIndex(folder)
  // a removal may just have been ended
  const known = { ...after, listed: new Map([...before.listed, ...after.listed]) }
  const ids = new Set<string>()
  for (const file of files) {
    const listed = await findListed(folder, file, known)
    const ours = listed.find((backup) => isOf(backup.database, database))
    if (ours) ids.add(ours.id)
    else if (listed.length === 0) findings.push(isUnlisted(file, folder))
    else throw isAnothers(ctx, file)
  }
  const catalogue = await readCatalogue(folder)
  const isChosen = ({ id }: { readonly id: string }): boolean => ids.has(id)
  const unusable = catalogue.unusable.filter(({ listed }) => isChosen(listed))
  const entries = entriesOf(catalogue, database).filter(
    ({ manifest }) => isChosen(manifest) && manifest.encryption === null,
  )
  return { entries, unusable, findings }
}

const isUnlisted = (file: string, folder: string): Finding => ({
  code: 'BACKUP_UNLISTED',
  severity: 'error',
  message: `${file} was left as it is: the index of ${folder} does not list it.`,
  at: { file },
  fix: '`backup --verify` says what it is. Encrypt it with age, or delete it, by hand.',
})

const isAnothers = ({ dialect }: RunContext, file: string): MigrateError =>
  new MigrateError('BACKUP_NOT_FOUND', {
    message: `${file} is a backup of another database than ${dialect.location}.`,
    hint: '`backup --list` names those of this one.',
  })

interface Outcome {
  readonly encrypted: string | null
  /** Why it still stands unencrypted; empty where it does not. */
  readonly stays: readonly Finding[]
}

type Protect = (entry: CatalogueEntry) => Promise<Outcome>

async function encrypting(ctx: RunContext): Promise<Protect> {
  const { keys } = await requireKeys(ctx)
  const request: EncryptRequest = {
    space: spaceContext(ctx),
    recipient: ageRecipient(keys[0]),
    identities: keys.map(ageIdentity),
    emit: ctx.emit,
    signal: ctx.signal,
  }
  return async (entry) => {
    try {
      const { file } = await encryptStored(entry, request)
      return { encrypted: file, stays: await remove(ctx, entry) }
    } catch (thrown) {
      const { code, message, hint } = asMigrateError(thrown)
      // the others can be protected all the same
      if (code !== 'BACKUP_DAMAGED') throw thrown
      const at = { file: entry.file }
      return { encrypted: null, stays: [{ code, severity: 'error', message, at, fix: hint }] }
    }
  }
}

function deleting(ctx: RunContext): Protect {
  const hash = createHasher({ signal: ctx.signal })
  let newest: Promise<string | undefined> | undefined
  return async (entry) => {
    newest ??= newestSound(ctx, hash)
    if ((await newest) === entry.manifest.id) return { encrypted: null, stays: [isNewest(entry)] }
    const files = Object.values(entry.files)
    const clear = await Promise.all(files.map((file) => isClear(file, backupFolder(ctx))))
    // a damaged one still holds most of what it held
    const stays = await remove(ctx, entry, clear.every(Boolean) ? null : hash)
    return { encrypted: null, stays }
  }
}

/** Of one that cannot be used, what of it can still be read; why it stays, null where it does not. */
async function removeDamaged(
  ctx: RunContext,
  file: string,
  { listed, finding }: Unusable,
): Promise<Finding | null> {
  const folder = backupFolder(ctx)
  if (!(await isClear(file, folder))) return finding
  const { bytes, finding: stays } = await removeListed(folder, listed, null)
  if (!stays) ctx.emit({ type: 'backup.removed', file, bytes })
  return stays ?? null
}

async function remove(
  ctx: RunContext,
  entry: CatalogueEntry,
  hash: ((file: string) => Promise<string>) | null = createHasher({ signal: ctx.signal }),
): Promise<readonly Finding[]> {
  const { findings } = await removeEntries(backupFolder(ctx), [entry], hash, (file, bytes) =>
    ctx.emit({ type: 'backup.removed', file, bytes }),
  )
  return findings
}

/** The id of the newest backup whose bytes are those that were stored; one dated in the future only where no other is. */
async function newestSound(
  ctx: RunContext,
  hash: (file: string) => Promise<string>,
): Promise<string | undefined> {
  const catalogue = await readCatalogue(backupFolder(ctx))
  const entries = entriesOf(catalogue, databaseOf(ctx))
  const [future, past] = [true, false].map((asked) =>
    entries.filter(({ manifest }) => isFuture(manifest.takenAt) === asked),
  ) as [CatalogueEntry[], CatalogueEntry[]]
  for (const entry of [...past, ...future]) {
    if (await isSound(catalogue, entry, hash)) return entry.manifest.id
  }
  return undefined
}

/** In one of its tiers at least. */
async function isSound(
  { folder }: Catalogue,
  entry: CatalogueEntry,
  hash: (file: string) => Promise<string>,
): Promise<boolean> {
  for (const tier of entry.tiers) {
    const alone = { ...entry, tiers: [tier], file: entry.files[tier] as string }
    if (!(await findDamage(folder, alone, hash))) return true
  }
  return false
}

const isNewest = ({ file }: CatalogueEntry): Finding => ({
  code: 'REMOVAL_FAILED',
  severity: 'warning',
  message: `The backup ${file} was not deleted: it is the newest one that is verified.`,
  at: { file },
  fix: 'Encrypt it, or make an encrypted one first: `backup --encrypt`.',
})
