import { join } from 'node:path'
import { isAbandoned } from '../../file-system.ts'
import type { Finding } from '../../finding.ts'
import { ownerOfTemporary } from '../files.ts'
import type { Contents } from './check-contents.ts'
import type { DiskFile } from './disk.ts'
import { describeBadLine } from './findings.ts'
import { INDEX_NAME } from './index-file.ts'
import { manifestName } from './manifest.ts'
import { readManifest } from './manifest-file.ts'

/**
 * What stands in a folder besides what the index lists, what is wrong with the index, and what others may read.
 * `explained` are files that something else was said of already.
 */
export async function checkFolder(
  all: Contents,
  explained: ReadonlySet<string>,
): Promise<Finding[]> {
  const { folder, index, disk } = all
  const findings = index.bad.map((line) => describeBadLine(folder, line))
  const stray = [...disk.files.keys()].some((path) => /^.+\/backup_.+\.json$/.test(path))
  if (!index.exists && stray) findings.push(noIndex(folder))
  for (const { path } of disk.files.values()) {
    if (path === INDEX_NAME || index.listed.has(path) || explained.has(path)) continue
    const finding = await besides(path, all, explained)
    if (finding) findings.push(finding)
  }
  return [...findings, ...checkModes(all)]
}

async function besides(
  path: string,
  all: Contents,
  explained: ReadonlySet<string>,
): Promise<Finding | null> {
  const owner = ownerOfTemporary(path.slice(path.indexOf('/') + 1))
  if (owner) {
    const changedAt = all.disk.files.get(path)?.changedAt
    if (changedAt !== undefined && isAbandoned(owner, changedAt))
      return leftover(all.folder, path, owner.pid)
    return owner.here ? null : foreignTemporary(all.folder, path, owner.pid)
  }
  const backup = path.endsWith('.json') ? path.slice(0, -'.json'.length) : ''
  if ([all.index.listed, explained, all.disk.files].some((known) => known.has(backup))) return null
  const isManifest = backup !== '' && path.includes('/')
  return isManifest ? orphan(all.folder, path) : unlisted(path, all)
}

async function unlisted(path: string, all: Contents): Promise<Finding> {
  const { manifest } = all.disk.files.has(manifestName(path))
    ? await readManifest(all.folder, path, null)
    : {}
  const at = { file: join(all.folder, path) }
  const head = { code: 'BACKUP_UNLISTED', severity: 'warning', at } as const
  if (!manifest) {
    return {
      ...head,
      message: `The file ${path} is not in the index, and has no manifest that can be read: it was not made here, or is not finished.`,
      fix: 'Delete it, or move it away; `restore --backup-file F` restores it if it is a backup.',
    }
  }
  const sound =
    path === `${manifest.tier}/${manifest.file}` &&
    all.disk.files.get(path)?.size === manifest.bytes &&
    (await all.hash(at.file).catch(() => null)) === manifest.sha256
  if (sound) {
    return {
      ...head,
      message: `The backup ${path} is whole and not in the index: its run was killed, or it was brought here.`,
      fix: `The next \`backup\` of its database, ${manifest.database.identity}, takes it in.`,
    }
  }
  return {
    ...head,
    message: `The backup ${path} is not in the index, and is not what the manifest beside it says.`,
    fix: 'Delete it, or move it away.',
  }
}

const orphan = (folder: string, path: string): Finding => ({
  code: 'LEFTOVER',
  severity: 'warning',
  message: `The manifest ${path} has no backup: its run was killed, or the backup was deleted by hand.`,
  at: { file: join(folder, path) },
  fix: 'The next `backup` of its database removes it, if a killed run left it; else delete it.',
})

const leftover = (folder: string, path: string, pid: number): Finding => ({
  code: 'LEFTOVER',
  severity: 'warning',
  message: `The temporary file ${path} was left by process ${pid}, which is gone.`,
  at: { file: join(folder, path) },
  fix: 'The next `backup` removes it; or delete it.',
})

const foreignTemporary = (folder: string, path: string, pid: number): Finding => ({
  code: 'LEFTOVER',
  severity: 'info',
  message: `The temporary file ${path} is of process ${pid} on another machine, which may be at work.`,
  at: { file: join(folder, path) },
  fix: 'Delete it if no backup runs there.',
})

const noIndex = (folder: string): Finding => ({
  code: 'INDEX_DAMAGED',
  severity: 'error',
  message: `The index ${join(folder, INDEX_NAME)} is missing, so nothing says what should be there.`,
  at: { file: join(folder, INDEX_NAME) },
  fix: 'Bring it back from a copy of the folder, or let the next `backup` of each database take in what is whole.',
})

const OTHERS = 0o077

function checkModes({ folder, disk }: Contents): Finding[] {
  // Windows and its file systems have no such modes
  if (process.platform === 'win32') return []
  const open = ({ mode }: DiskFile): boolean => (mode & OTHERS) !== 0
  const tooOpen = ({ path, mode }: DiskFile, right: string): Finding => ({
    code: 'TOO_OPEN',
    severity: 'warning',
    message: `Other users may use ${path}: its mode is ${(mode & 0o777).toString(8)}.`,
    at: { file: join(folder, path) },
    fix: `\`chmod ${right} ${join(folder, path)}\``,
  })
  return [
    ...disk.tiers.filter(open).map((tier) => tooOpen(tier, '700')),
    ...[...disk.files.values()].filter(open).map((file) => tooOpen(file, '600')),
  ]
}
