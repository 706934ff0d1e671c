import { mkdir, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { BackupSource, Copied, Dialect, Measure } from '../dialect/port.ts'
import type { Session } from '../dialect/session.ts'
import { MigrateError } from '../errors.ts'
import type { Emit } from '../events.ts'
import { stamp, sync } from '../file-system.ts'
import { isPacked, type Packed, type Packing, packedName, packTo } from './archive/pack.ts'
import { entriesOf, readCatalogue } from './catalogue/catalogue.ts'
import { databaseIdOf } from './catalogue/index-file.ts'
import { MANIFEST_FORMAT, type Manifest } from './catalogue/manifest.ts'
import { mendCatalogue } from './catalogue/mend.ts'
import { publishBackup } from './catalogue/publish.ts'
import type { RetentionPolicy } from './catalogue/retention.ts'
import { temporaryName } from './files.ts'
import { createPhases, type Phases } from './phases.ts'
import { readBack } from './read-back.ts'
import { assertSpace } from './space.ts'

export interface BackupRequest {
  readonly dialect: Dialect
  /** The folder that the tiers stand in. */
  readonly folder: string
  readonly packing: Packing
  /** What opens an encrypted backup, to read it again. */
  readonly identities: readonly string[]
  /** What the rotation keeps, to say what a cleanup would give where there is too little room. */
  readonly keep: RetentionPolicy | 'all'
  readonly by: Manifest['by']
  readonly reason: Manifest['reason']
  /** Reads where the database stands from what the copy holds. */
  readonly schemaOf: (session: Session) => Promise<Manifest['schema']>
  readonly emit: Emit
  readonly signal: AbortSignal
}

export interface Backup {
  readonly file: string
  readonly manifest: Manifest
}

/**
 * Takes one backup and verifies it before it counts: private temporary file, the copy checked, what is stored read
 * again, fsync, a name that nothing else has, manifest, index. Whatever fails, no partial file stays behind.
 * Throws BACKUP_FAILED, BACKUP_TOOL_MISSING, DISK_FULL, DATABASE_BUSY, INTERRUPTED.
 */
export async function createBackup(request: BackupRequest): Promise<Backup> {
  const { dialect, emit, packing } = request
  const folder = join(request.folder, 'daily')
  const source = await dialect.backup.probe()
  const takenAt = new Date()
  const name = `backup_${stamp(takenAt)}`
  const extension = packedName(dialect.backup.extension, packing)
  const temporary = join(folder, temporaryName(name))
  const phases = createPhases(emit)
  emit({ type: 'backup.started', file: join(folder, `${name}.${extension}`) })
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await tidy(request)
    await assertSpace(await demands(request, source), 'The backup', request)
    const copied = await copy(request, temporary, phases)
    const stored = await storedOf(request, temporary, copied, phases)
    phases.rest()
    await sync(temporary)
    const made = { takenAt, ...copied, ...stored, ...source }
    const { file, manifest } = await publishBackup(
      request.folder,
      temporary,
      { name, extension },
      (file) => describe(request, { file, ...made }),
    )
    await sync(dirname(request.folder))
    const { durationMs, verifyMs } = phases.end()
    emit({ type: 'backup.finished', file, bytes: manifest.bytes, durationMs, verifyMs })
    return { file, manifest }
  } catch (thrown) {
    // the first failure is the one to tell
    await rm(temporary, { force: true }).catch(() => {})
    throw asBackupError(thrown, folder)
  }
}

/** Ends what killed runs began. */
async function tidy(request: BackupRequest): Promise<void> {
  const { dialect, emit, folder } = request
  const findings = await mendCatalogue(folder, databaseIdOf(dialect))
  for (const finding of findings) emit({ type: 'finding', finding })
}

/** An unencrypted copy never stands beside encrypted backups, which may be on another disk: it stays by the database. */
const rawFolder = ({ dialect, folder, packing }: BackupRequest): string =>
  packing.recipient === null ? join(folder, 'daily') : dialect.home

/** What the disks must have free: the raw copy, what is stored of it, and what the database needs meanwhile. */
async function demands(request: BackupRequest, { bytes, growth, staged }: BackupSource) {
  // a plain copy is as large as the database, whatever the last one was
  const isExact = staged && !isPacked(request.packing)
  const stored = isExact ? bytes : Math.min(bytes, await expectedBytes(request))
  return [
    { folder: request.folder, bytes: stored },
    ...(isPacked(request.packing) && staged ? [{ folder: rawFolder(request), bytes }] : []),
    ...(growth ? [{ folder: request.dialect.home, bytes: growth }] : []),
  ]
}

/** How much larger than the last one of its kind a backup may be, before the estimate of the database itself counts. */
const GROWTH_SINCE_LAST = 1.5

/** What the last backup that was packed alike says; without one, nothing. */
async function expectedBytes({ dialect, folder, packing }: BackupRequest): Promise<number> {
  const last = entriesOf(await readCatalogue(folder), databaseIdOf(dialect)).find(
    ({ manifest }) => manifest.compression === packing.compression,
  )
  return last ? last.manifest.bytes * GROWTH_SINCE_LAST : Number.POSITIVE_INFINITY
}

interface Made extends Copied {
  readonly schema: Manifest['schema']
  /** Null where the raw copy is what is stored. */
  readonly packed: Packed | null
}

async function copy(request: BackupRequest, temporary: string, phases: Phases): Promise<Made> {
  const { dialect, packing, signal } = request
  let schema: Manifest['schema'] = { version: null, log: null }
  let packed: Packed | null = null
  const raw = isPacked(packing)
    ? join(rawFolder(request), temporaryName(basename(temporary).split('.')[0] as string))
    : temporary
  const copied = await dialect.backup.copy(raw, {
    onProgress: phases.progress,
    signal,
    async look(session) {
      schema = await request.schemaOf(session)
    },
    pack: isPacked(packing)
      ? async (stream) => {
          packed = await packTo(stream, temporary, packing, signal)
        }
      : null,
    packCompresses: packing.compression !== 'none',
  })
  return { ...copied, schema, packed }
}

/** What is stored, and the raw copy in it, as they were read after they were written. */
async function storedOf(
  request: BackupRequest,
  temporary: string,
  { read, packed }: Made,
  phases: Phases,
): Promise<{ readonly stored: Measure; readonly raw: Measure }> {
  // the check has just read all of it
  if (packed === null && read !== null) return { stored: read, raw: read }
  return readBack(temporary, { ...request, packed, phases })
}

interface Finished extends Made {
  readonly file: string
  readonly takenAt: Date
  readonly serverVersion: string
  readonly stored: Measure
  readonly raw: Measure
}

function describe({ dialect, by, reason, packing }: BackupRequest, made: Finished): Manifest {
  const { recipient, compression } = packing
  return {
    format: MANIFEST_FORMAT,
    id: crypto.randomUUID(),
    file: made.file,
    takenAt: made.takenAt.toISOString(),
    by,
    reason,
    database: {
      ...databaseIdOf(dialect),
      serverVersion: made.serverVersion,
    },
    schema: made.schema,
    ...made.stored,
    raw: made.raw,
    content: { ...made.content, rows: { ...made.content.rows } },
    verified: { at: new Date().toISOString(), checks: ['content', 'read'] },
    tier: 'daily',
    compression,
    encryption: recipient === null ? null : { format: 'age', recipient },
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
