import { join } from 'node:path'
import { MigrateError } from '../../errors.ts'
import { errno } from '../../file-system.ts'
import type { Finding } from '../../finding.ts'
import type { Disk } from './disk.ts'
import {
  describeDamage,
  describeMissing,
  describeRemoving,
  describeRenamed,
  describeSize,
  describeSwapped,
  describeUnreadable,
} from './findings.ts'
import type { Index, Listed } from './index-file.ts'

export interface Contents {
  readonly folder: string
  readonly index: Index
  readonly disk: Disk
  /** SHA-256 of a file; a second call for the same one costs nothing. */
  readonly hash: (file: string) => Promise<string>
}

/** Compares the bytes of one listed file with what the index says of it; null: they are the same. */
export async function checkContents(listed: Listed, all: Contents): Promise<Finding | null> {
  const { folder, disk } = all
  const { path } = listed
  if (listed.removing) return describeRemoving(folder, path)
  const found = disk.files.get(path)
  if (!found) return findElsewhere(listed, all)
  const others = [...all.index.listed.values()].filter(({ id }) => id !== listed.id)
  if (found.size !== listed.bytes && !others.some(({ bytes }) => bytes === found.size)) {
    return describeSize(folder, listed, found.size)
  }
  let sha256: string
  try {
    sha256 = await all.hash(join(folder, path))
  } catch (error) {
    if (error instanceof MigrateError) throw error
    if (errno(error) === 'ENOENT') return findElsewhere(listed, all)
    return describeUnreadable(folder, path, error)
  }
  if (sha256 === listed.sha256) return null
  const owners = others.filter((other) => other.sha256 === sha256)
  for (const owner of owners) {
    if (await holds(owner.path, listed, all)) return describeSwapped(folder, path, owner.path, true)
  }
  if (owners[0]) return describeSwapped(folder, path, owners[0].path, false)
  if (found.size !== listed.bytes) return describeSize(folder, listed, found.size)
  return describeDamage(folder, path, await soundTwin(listed, all))
}

/** A missing backup: another file may have its contents. */
async function findElsewhere(listed: Listed, all: Contents): Promise<Finding> {
  for (const path of all.disk.files.keys()) {
    // another tier's file, or another backup that happens to be the same, is where it should be
    if (all.index.listed.get(path)?.sha256 === listed.sha256) continue
    if (await holds(path, listed, all)) return describeRenamed(all.folder, listed.path, path)
  }
  return describeMissing(all.folder, listed.path)
}

/** The same backup in another tier, where it is whole. */
async function soundTwin(listed: Listed, all: Contents): Promise<string | undefined> {
  for (const { id, path } of all.index.listed.values()) {
    if (id === listed.id && path !== listed.path && (await holds(path, listed, all))) return path
  }
  return undefined
}

/** Whether the file at `path` has the contents of `listed`; read only if it has its size. */
async function holds(path: string, { bytes, sha256 }: Listed, all: Contents): Promise<boolean> {
  if (all.disk.files.get(path)?.size !== bytes) return false
  try {
    return (await all.hash(join(all.folder, path))) === sha256
  } catch (error) {
    if (error instanceof MigrateError) throw error
    return false
  }
}
