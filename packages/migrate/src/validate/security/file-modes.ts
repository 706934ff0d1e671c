import { dirname, join } from 'node:path'
import { readDisk } from '../../backup/catalogue/disk.ts'
import type { Finding } from '../../finding.ts'
import { shellWord } from '../../shell.ts'
import { type Check, type Checked, skipped, withExamples } from '../check.ts'
import type { Scene } from '../scene.ts'
import { type FileMode, modesOf, OTHERS, octal, READ, WRITE } from './modes.ts'

/** On a folder: only its owner may rename or remove a file in it. */
const STICKY = 0o1000

/**
 * Nobody but the owner and the group reads or writes the database and its backups. What others may write is an error;
 * what they may read a warning, since SQLite makes its files so; an encrypted backup may be read by anybody.
 */
export const fileModes: Check = {
  category: 'security',
  name: 'file modes',
  async run(scene): Promise<Checked> {
    if (process.platform === 'win32') return skipped('Windows has no such modes.')
    const own = await modesOf(scene.dialect.files)
    const stored = await storedIn(scene)
    return {
      checked: own.length + stored.length,
      findings: [
        ...unexplained(own).flatMap(ofDatabase),
        ...(await ofFolder(scene)),
        ...ofBackups(scene.backupFolder, stored),
      ],
    }
  },
}

async function storedIn({ backupFolder }: Scene): Promise<FileMode[]> {
  const { files, tiers } = await readDisk(backupFolder)
  return [...tiers, ...files.values()].map(({ path, mode }) => ({ path, mode: mode & 0o7777 }))
}

/** SQLite gives the files that come and go the mode of the database's own, whose finding says it all. */
const unexplained = (own: readonly FileMode[]): readonly FileMode[] =>
  own.filter(({ mode }, at) => at === 0 || (mode & OTHERS & ~(own[0]?.mode ?? 0)) !== 0)

function ofDatabase({ path, mode }: FileMode): Finding[] {
  if ((mode & OTHERS) === 0) return []
  const writes = (mode & WRITE) !== 0
  return [
    {
      code: 'TOO_OPEN',
      severity: writes ? 'error' : 'warning',
      message: `Every user of this machine may ${writes ? 'write' : 'read'} ${path}: its mode is ${octal(mode)}.`,
      at: { file: path },
      fix: `\`chmod o-rwx ${shellWord(path)}\``,
    },
  ]
}

/** Who may write to a file's folder may put another one in its place. */
async function ofFolder({ dialect }: Scene): Promise<Finding[]> {
  const [file] = dialect.files
  if (file === undefined) return []
  const folders = await modesOf([dirname(file)])
  return folders
    .filter(({ mode }) => (mode & WRITE) !== 0 && (mode & STICKY) === 0)
    .map(({ path, mode }) => ({
      code: 'TOO_OPEN',
      severity: 'error',
      message: `Every user of this machine may put another file in the place of ${file}: its folder has mode ${octal(mode)}.`,
      at: { file: path },
      fix: `\`chmod o-w ${shellWord(path)}\``,
    }))
}

/** There may be many: they are told together. */
function ofBackups(folder: string, stored: readonly FileMode[]): Finding[] {
  const written = stored.filter(({ mode }) => (mode & WRITE) !== 0)
  const isEncrypted = (path: string): boolean => path.endsWith('.age')
  const read = stored.filter(
    ({ path, mode }) =>
      (mode & WRITE) === 0 && (mode & READ) !== 0 && path.includes('/') && !isEncrypted(path),
  )
  return [
    ...together(folder, written, 'write', 'error'),
    ...together(folder, read, 'read', 'warning'),
  ]
}

function together(
  folder: string,
  open: readonly FileMode[],
  verb: string,
  severity: 'error' | 'warning',
): Finding[] {
  const [first] = open
  if (!first) return []
  const finding: Finding = {
    code: 'TOO_OPEN',
    severity,
    message: `Every user of this machine may ${verb} ${first.path} of the backups: its mode is ${octal(first.mode)}.`,
    at: { file: join(folder, first.path) },
    count: open.length,
    fix: `\`chmod -R o-rwx ${shellWord(folder)}\``,
  }
  return [withExamples(finding, open.length > 1 ? open.map(({ path }) => path) : [])]
}
