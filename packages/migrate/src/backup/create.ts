import { existsSync } from 'node:fs'
import { chmod, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
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
  const file = freeName(folder, new Date(), dialect.backup.extension)
  const temporary = `${file}.${process.pid}.tmp`
  const started = performance.now()
  emit({ type: 'backup.started', file })
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
    await rename(temporary, file)
    await sync(folder)
    await sync(dirname(folder))
  } catch (thrown) {
    await rm(temporary, { force: true })
    throw asBackupError(thrown, file)
  }
  const { size: bytes } = await stat(file)
  const durationMs = Math.round(performance.now() - started)
  emit({ type: 'backup.finished', file, bytes, durationMs })
  return { file, bytes }
}

/** What a killed run left half written. The caller holds the run lock, so nobody is writing it. */
async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (/^backup_.*\.tmp(-journal)?$/.test(name)) await rm(join(folder, name), { force: true })
  }
}

/** `backup_YYYYMMDD_HHMMSS`, in UTC; a second one in the same second gets `_2`. */
function freeName(folder: string, at: Date, extension: string): string {
  const [day, time] = at.toISOString().replace(/[-:]/g, '').split(/[T.]/)
  const name = join(folder, `backup_${day}_${time}`)
  for (let copy = 1; ; copy++) {
    const file = `${name}${copy === 1 ? '' : `_${copy}`}.${extension}`
    if (!existsSync(file)) return file
  }
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function asBackupError(thrown: unknown, file: string): unknown {
  if (thrown instanceof MigrateError) return thrown
  const { code, message } = thrown as NodeJS.ErrnoException
  return new MigrateError(code === 'ENOSPC' ? 'DISK_FULL' : 'BACKUP_FAILED', {
    message: `The backup ${file} could not be made: ${message}.`,
    cause: thrown,
  })
}
