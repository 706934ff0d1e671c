import { createHash } from 'node:crypto'
import { open, readFile, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { MigrateError } from '../../errors.ts'
import { errno } from '../../file-system.ts'
import type { Finding } from '../../finding.ts'
import { publishAs, temporaryName } from '../files.ts'
import { formatManifest, type Manifest, manifestName, parseManifest } from './manifest.ts'

export const manifestHash = (text: string | Buffer): string =>
  createHash('sha256').update(text).digest('hex')

/** Writes a backup's manifest beside it, whole or not at all; false where there is one. */
export const writeManifest = (file: string, manifest: Manifest): Promise<boolean> =>
  writeBeside(file, formatManifest(manifest), basename(file))

/** Writes a manifest's text beside a file; `name` begins the name that it has meanwhile. */
export async function writeBeside(file: string, text: string, name: string): Promise<boolean> {
  const temporary = join(dirname(file), temporaryName(name))
  try {
    const handle = await open(temporary, 'wx', 0o600)
    try {
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
    return await publishAs(temporary, manifestName(file))
  } finally {
    await rm(temporary, { force: true }).catch(() => {})
  }
}

/** A manifest, or what is wrong with it. */
export type ManifestReading =
  | { readonly manifest: Manifest; readonly sha256: string; readonly finding?: undefined }
  | { readonly finding: Finding; readonly manifest?: undefined }

/** Reads the manifest of `folder/path`; `expected` is the SHA-256 that the index says it has, where it is listed. */
export async function readManifest(
  folder: string,
  path: string,
  expected: string | null,
): Promise<ManifestReading> {
  const file = join(folder, manifestName(path))
  let content: Buffer
  try {
    content = await readFile(file)
  } catch (error) {
    return { finding: unreadable(error, path, file) }
  }
  const sha256 = manifestHash(content)
  try {
    const manifest = parseManifest(content.toString('utf8'), file)
    if (expected === null || expected === sha256) return { manifest, sha256 }
  } catch (thrown) {
    if (!(thrown instanceof MigrateError)) throw thrown
    const { code, message, hint } = thrown
    const newer = code === 'BACKUP_NEWER'
    const fix = newer ? hint : MEND
    return {
      finding: {
        code: newer ? code : 'MANIFEST_DAMAGED',
        severity: 'error',
        message,
        at: { file },
        fix,
      },
    }
  }
  const message = `The manifest of ${path} was altered: it is not the one that the index lists.`
  return {
    finding: { code: 'MANIFEST_ALTERED', severity: 'error', message, at: { file }, fix: MEND },
  }
}

const MEND =
  'Bring the manifest back from a copy of the folder; until then `restore --backup-file F` restores the backup.'

function unreadable(error: unknown, path: string, file: string): Finding {
  const missing = errno(error) === 'ENOENT'
  return {
    code: missing ? 'MANIFEST_MISSING' : 'BACKUP_UNREADABLE',
    severity: 'error',
    message: missing
      ? `The manifest of ${path} is missing.`
      : `The manifest of ${path} cannot be read: ${(error as Error).message}.`,
    at: { file },
    fix: missing ? MEND : 'Give this user the right to read it, or check the disk.',
  }
}

/** The manifest beside a file, wherever that stands; null where there is none. Throws BACKUP_DAMAGED, BACKUP_NEWER. */
export async function manifestBeside(file: string): Promise<Manifest | null> {
  const path = manifestName(file)
  try {
    return parseManifest(await readFile(path, 'utf8'), path)
  } catch (thrown) {
    if (errno(thrown) === 'ENOENT') return null
    throw thrown
  }
}
