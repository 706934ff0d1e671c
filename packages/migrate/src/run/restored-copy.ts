import { stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { extract } from '../backup/extract.ts'
import { removeAbandoned } from '../backup/files.ts'
import { assertSpace, freeBytes } from '../backup/space.ts'
import type { Content, Prepared } from '../dialect/port.ts'
import { asMigrateError, MigrateError } from '../errors.ts'
import type { RestorePhase } from '../events.ts'
import { spaceContext } from './backup-folder.ts'
import type { ChosenBackup } from './choose-backup.ts'
import type { RunContext } from './context.ts'
import { identities } from './take-backup.ts'

export interface RestoredCopy {
  readonly prepared: Prepared
  readonly content: Content
}

/**
 * Proves the stored backup, restores it beside the live database and proves that it holds what its manifest says; then
 * `body`. Nothing of it stays behind, unless `body` swapped it. `swappable` false: somewhere else, only to look at.
 */
export async function withRestoredCopy<T>(
  ctx: RunContext,
  { file, manifest }: ChosenBackup,
  { swappable }: { readonly swappable: boolean },
  body: (copy: RestoredCopy) => Promise<T>,
): Promise<T> {
  const { backup } = ctx.dialect
  const progress = (phase: RestorePhase) => (done: number, total: number) =>
    ctx.emit({ type: 'restore.progress', phase, done, total })
  const { restoreFolder } = backup
  const place = (swappable && restoreFolder) || tmpdir()
  await removeAbandoned(place)
  const copies = restoreFolder === null ? 0 : swappable ? SWAP_COPIES : 1
  await assertRoom(ctx, { file, manifest }, place, copies)
  const extracted = await extract(file, {
    manifest,
    identities: await identities(ctx),
    folder: place,
    room: await roomIn(place),
    onProgress: progress('read'),
    signal: ctx.signal,
  })
  try {
    const prepared = await backup.prepare(extracted.raw, {
      swappable,
      onProgress: progress('restore'),
      signal: ctx.signal,
    })
    try {
      progress('check')(0, 0)
      const content = await prepared.content()
      if (manifest) assertHolds(file, manifest.content, content)
      return await body({ prepared, content })
    } finally {
      await prepared.discard().catch((thrown) => tell(ctx, thrown))
    }
  } finally {
    await extracted.dispose().catch((thrown) => tell(ctx, thrown))
  }
}

/** What is left over changes nothing of what was done, and the next restore removes it. */
function tell({ emit }: RunContext, thrown: unknown): void {
  const { code, message, hint } = asMigrateError(thrown)
  emit({
    type: 'finding',
    finding: {
      code,
      severity: 'warning',
      message: `Something of the restore is left behind: ${message}`,
      fix: hint,
    },
  })
}

/** What the applications on a disk are left with at least, in bytes. */
const RESERVE = 256 << 20

async function roomIn(folder: string): Promise<number> {
  const free = await freeBytes(folder)
  return free - Math.min(free / 2, RESERVE)
}

/** A restored copy, and what the swap writes of it into the WAL or reads again. */
const SWAP_COPIES = 2

async function assertRoom(
  ctx: RunContext,
  { file, manifest }: ChosenBackup,
  place: string,
  copies: number,
): Promise<void> {
  const { size } = await stat(file).catch(() => ({ size: 0 }))
  const raw = manifest?.raw.bytes ?? size
  const isPacked = manifest !== null && manifest.raw.sha256 !== manifest.sha256
  const bytes = raw * (copies + (isPacked ? 1 : 0))
  await assertSpace([{ folder: place, bytes }], 'The restore', spaceContext(ctx))
}

/** Throws BACKUP_DAMAGED where what was restored is not what was backed up. */
function assertHolds(file: string, expected: Content, found: Content): void {
  const names = Object.keys({ ...expected.rows, ...found.rows })
  const differing = names.filter((name) => expected.rows[name] !== found.rows[name])
  const same = expected.method !== found.method || expected.digest === found.digest
  if (differing.length === 0 && same) return
  const what = differing.length
    ? differing
        .slice(0, 5)
        .map(
          (name) =>
            `${name} has ${found.rows[name] ?? 'no'} rows where ${expected.rows[name] ?? 'none'} were backed up`,
        )
        .join('; ')
    : 'its content has another digest than the one in its manifest'
  throw new MigrateError('BACKUP_DAMAGED', {
    message: `The backup ${file} does not restore to what was backed up: ${what}. The database was not touched.`,
  })
}
