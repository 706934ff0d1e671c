import { randomBytes } from 'node:crypto'
import { chmod, link, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import type { Dialect } from '../dialect/port.ts'
import { MigrateError } from '../errors.ts'
import type { Emit } from '../events.ts'

export interface BackupRequest {
  readonly dialect: Dialect
  /** Default: `backups` in the dialect's home. */
  readonly folder: string | undefined
  readonly emit: Emit
  readonly signal: AbortSignal
}

export interface Backup {
  readonly file: string
  readonly bytes: number
}

/**
 * Takes one backup and verifies it before it counts: private temporary file, verify, fsync, rename, fsync of the
 * folder. Whatever fails, no partial file stays behind. Throws BACKUP_FAILED, BACKUP_TOOL_MISSING, DISK_FULL.
 */
export async function createBackup(request: BackupRequest): Promise<Backup> {
  const { dialect, emit, signal } = request
  await dialect.backup.probe()
  const folder = join(request.folder ?? join(dialect.home, 'backups'), 'daily')
  const name = `backup_${stamp(new Date())}`
  const temporary = join(folder, temporaryName(name))
  const started = performance.now()
  emit({ type: 'backup.started', file: join(folder, `${name}.${dialect.backup.extension}`) })
  let file: string
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await removeAbandoned(folder)
    await dialect.backup.write(temporary, {
      onProgress: (done, total) => emit({ type: 'backup.progress', done, total }),
      signal,
    })
    await chmod(temporary, 0o600)
    await dialect.backup.verify(temporary)
    await sync(temporary)
    file = await publish(temporary, folder, name, dialect.backup.extension)
    await sync(folder)
    await sync(dirname(folder))
  } catch (thrown) {
    // the first failure is the one to tell
    await rm(temporary, { force: true }).catch(() => {})
    throw asBackupError(thrown, folder)
  }
  const { size: bytes } = await stat(file)
  const durationMs = Math.round(performance.now() - started)
  emit({ type: 'backup.finished', file, bytes, durationMs })
  return { file, bytes }
}

/** Tells whose it is: several databases may share a folder, and several machines. */
const temporaryName = (name: string): string =>
  `${name}.${hostname()}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`

/** What killed runs of this machine left half written. */
async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const parts = name.split('.')
    const pid = Number(parts.at(-3))
    const ours = name.startsWith('backup_') && name.includes(`.${hostname()}.`)
    if (ours && /^tmp(-journal)?$/.test(parts.at(-1) ?? '') && !isAlive(pid))
      await rm(join(folder, name), { force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

/**
 * Gives the finished file its name without ever taking another one's: a second one in the same second gets `_2`. A
 * link fails where the name is taken; a file system without links gets the name reserved first.
 */
async function publish(
  temporary: string,
  folder: string,
  name: string,
  extension: string,
): Promise<string> {
  for (let copy = 1; ; copy++) {
    const file = join(folder, `${name}${copy === 1 ? '' : `_${copy}`}.${extension}`)
    try {
      await link(temporary, file)
      await rm(temporary)
      return file
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EEXIST') continue
      if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS') throw error
    }
    const reserved = await open(file, 'wx', 0o600).catch((error) => {
      if (error.code !== 'EEXIST') throw error
    })
    if (!reserved) continue
    await reserved.close()
    await rename(temporary, file)
    return file
  }
}

/** `YYYYMMDD_HHMMSS`, in UTC. */
const stamp = (at: Date): string =>
  at.toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '_')

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function asBackupError(thrown: unknown, folder: string): unknown {
  if (thrown instanceof MigrateError) return thrown
  const { code, message } = thrown as NodeJS.ErrnoException
  return new MigrateError(code === 'ENOSPC' ? 'DISK_FULL' : 'BACKUP_FAILED', {
    message: `No backup could be made in ${folder}: ${message}.`,
    cause: thrown,
  })
}
