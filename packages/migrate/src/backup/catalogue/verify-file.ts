import { stat } from 'node:fs/promises'
import { basename, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { MigrateError } from '../../errors.ts'
import { errno } from '../../file-system.ts'
import type { Finding } from '../../finding.ts'
import { hashFile } from './hash-file.ts'
import type { Index, Listed } from './index-file.ts'
import { type Manifest, manifestName } from './manifest.ts'
import { readManifest } from './manifest-file.ts'
import type { VerifiedBackup, VerifyOptions } from './verification.ts'

/**
 * What the index lists under a name that a user gave: a path, absolute, relative to the working folder or to the
 * backups' folder, or a bare name, which may stand in several tiers. Empty for a file outside the catalogue. Throws
 * BACKUP_NOT_FOUND where there is none either.
 */
export async function findListed(folder: string, name: string, index: Index): Promise<Listed[]> {
  const within = relative(resolve(folder), resolve(name)).split(sep).join('/')
  const paths = [within, ...(isAbsolute(name) ? [] : [name])]
  for (const path of paths) {
    const listed = index.listed.get(path)
    if (listed) return [listed]
  }
  const named = name === basename(name) ? byName(index, name) : []
  if (named.length > 0) return named
  if ((await locate(folder, name)) !== null) return []
  throw new MigrateError('BACKUP_NOT_FOUND', {
    message: `There is no backup ${name}, neither as a file nor in the index of ${folder}.`,
    hint: 'See `backup --list` for the names, or give the path of a file.',
  })
}

const byName = ({ listed }: Index, name: string): Listed[] =>
  [...listed.values()].filter(({ path }) => basename(path) === name)

/** The path of a file that is not listed; null where there is none. */
async function locate(folder: string, name: string): Promise<string | null> {
  for (const path of [resolve(name), join(folder, name)]) {
    const found = await stat(path).catch((error) => {
      if (errno(error) !== 'ENOENT') throw error
    })
    if (found?.isFile()) return path
  }
  return null
}

/** A file that the index does not list: compared with the manifest beside it, where there is one. */
export async function verifyAlone(name: string, options: VerifyOptions): Promise<VerifiedBackup> {
  const file = (await locate(options.folder, name)) ?? resolve(name)
  const folder = resolve(file, '..')
  const reading = await readManifest(folder, basename(file), null)
  const manifest = reading.manifest ?? null
  const findings = [reading.finding ?? (await compare(file, reading.manifest, options))].filter(
    (finding) => finding !== null,
  )
  if (manifest && findings.length === 0 && options.test) {
    findings.push(...(await options.test(manifest, file)))
  }
  return {
    id: manifest?.id ?? null,
    file,
    database: manifest?.database ?? null,
    manifest,
    ok: findings.every(({ severity }) => severity !== 'error'),
    findings,
  }
}

async function compare(
  file: string,
  { bytes, sha256 }: Manifest,
  { onProgress, signal }: VerifyOptions,
): Promise<Finding | null> {
  const { size } = await stat(file)
  let done = 0
  const onBytes = (count: number): void => {
    done += count
    onProgress?.(done, size)
  }
  if (size === bytes && (await hashFile(file, { signal, onBytes })) === sha256) return null
  const cut = size < bytes
  return {
    code: cut ? 'BACKUP_CUT' : 'BACKUP_DAMAGED',
    severity: 'error',
    message: `The backup ${file} ${cut ? `is cut: it has ${size} of ${bytes} bytes` : 'is damaged'}: it is not what ${basename(manifestName(file))} says.`,
    at: { file },
    fix: 'Restore from another one.',
  }
}
