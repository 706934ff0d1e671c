import { stat } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import type { Finding } from '../../finding.ts'
import { type Contents, checkContents } from './check-contents.ts'
import { checkFolder } from './check-folder.ts'
import { readDisk } from './disk.ts'
import { createHasher } from './hash-file.ts'
import { type Listed, readIndex } from './index-file.ts'
import type { Manifest } from './manifest.ts'
import { type ManifestReading, readManifest } from './manifest-file.ts'
import type { Verification, VerifiedBackup, VerifyOptions } from './verification.ts'
import { findListed, verifyAlone } from './verify-file.ts'

/**
 * Compares the index with the disk, both ways, and reads every file: what is missing, not listed, cut, damaged,
 * renamed, swapped, altered, left over or readable by others is a finding. Writes nothing. Throws BACKUP_NOT_FOUND for
 * a `file` that does not exist and is not listed, BACKUP_NEWER, PERMISSION_DENIED, INTERRUPTED.
 */
export async function verifyCatalogue(options: VerifyOptions): Promise<Verification> {
  const { file } = options
  const folder = resolve(options.folder)
  const index = await readIndex(folder)
  const wanted =
    file === undefined ? [...index.listed.values()] : await findListed(folder, file, index)
  const disk = await readDisk(folder)
  const hash = createHasher(await progress(options, wanted))
  const all: Contents = { folder, index, disk, hash }
  if (file !== undefined && wanted.length === 0) {
    return { backups: [await verifyAlone(file, options)], findings: [] }
  }
  const backups: VerifiedBackup[] = []
  const explained = new Set<string>()
  for (const files of [...Map.groupBy(wanted, ({ id }) => id).values()].reverse()) {
    const backup = await verifyBackup(files, all, options)
    if (!backup) continue
    backups.push(backup)
    for (const { at } of backup.findings) {
      if (at?.file) explained.add(relative(folder, at.file))
    }
    options.onVerified?.(backup)
  }
  if (file !== undefined) return { backups, findings: [] }
  // read again: others may have added and removed meanwhile
  const now = { ...all, disk: await readDisk(folder), index: await readIndex(folder) }
  return { backups, findings: await checkFolder(now, explained) }
}

/** One backup in all of its tiers; null where it was removed meanwhile. */
async function verifyBackup(
  files: readonly Listed[],
  all: Contents,
  { test }: VerifyOptions,
): Promise<VerifiedBackup | null> {
  const findings: Finding[] = []
  let proved: { manifest: Manifest; file: string } | undefined
  let manifest: Manifest | null = null
  for (const listed of files) {
    const problem = await checkContents(listed, all)
    // what is gone or called otherwise took its manifest along
    const gone = problem && GONE.includes(problem.code)
    const reading = gone
      ? NOTHING
      : await readManifest(all.folder, listed.path, listed.manifestSha256)
    const found = [problem, reading.finding].filter((finding) => finding != null)
    if (found.length > 0 && !listed.removing && !(await isStillListed(all.folder, listed))) continue
    findings.push(...found)
    manifest ??= reading.manifest ?? null
    if (!problem && reading.manifest) {
      proved ??= { manifest: reading.manifest, file: join(all.folder, listed.path) }
    }
  }
  const [first] = files as [Listed]
  if (proved && test) findings.push(...(await test(proved.manifest, proved.file)))
  else if (!proved && findings.length === 0) return null
  return {
    id: first.id,
    file: proved?.file ?? join(all.folder, first.path),
    database: first.database,
    manifest,
    ok: findings.every(({ severity }) => severity !== 'error'),
    findings,
  }
}

const GONE: readonly Finding['code'][] = ['BACKUP_MISSING', 'BACKUP_RENAMED', 'REMOVAL_UNFINISHED']

const NOTHING: Partial<ManifestReading> = {}

async function isStillListed(folder: string, { path, id }: Listed): Promise<boolean> {
  const now = (await readIndex(folder)).listed.get(path)
  return now?.id === id && !now.removing
}

/** Links of one file are read once, and counted once. */
async function progress({ folder, onProgress, signal }: VerifyOptions, wanted: readonly Listed[]) {
  const sizes = new Map<string, number>()
  for (const { path } of wanted) {
    const found = await stat(join(folder, path)).catch(() => null)
    if (found) sizes.set(`${found.dev}:${found.ino}`, found.size)
  }
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0)
  let done = 0
  onProgress?.(0, total)
  return {
    signal,
    onBytes(count: number) {
      done += count
      // files that are not listed are read as well where they may be a missing one
      onProgress?.(Math.min(done, total), total)
    },
  }
}
