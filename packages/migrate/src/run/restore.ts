import { proveStored } from '../backup/extract.ts'
import { JOURNAL_TABLES, type RestoreState, type RunLock, type Swap } from '../dialect/port.ts'
import { asMigrateError, MigrateError } from '../errors.ts'
import type { Finding } from '../finding.ts'
import { type BackupChoice, type ChosenBackup, chooseBackup, remarksOn } from './choose-backup.ts'
import type { RunContext } from './context.ts'
import { note } from './note.ts'
import { recordFailing } from './recorder.ts'
import { type RestoredCopy, withRestoredCopy } from './restored-copy.ts'
import { holdLock } from './session.ts'
import { readStatus } from './status.ts'
import { takeBackup } from './take-backup.ts'
import { validateAfter } from './validate-after.ts'

export interface RestoreOptions {
  readonly from: BackupChoice
  readonly dryRun: boolean
  /** End other connections. */
  readonly force: boolean
  /** False: take no safety backup of what is replaced. */
  readonly backup: boolean
  readonly waitMs: number
}

/** A table's rows now and in the backup; null where the table is not there. */
export interface RowChange {
  readonly table: string
  readonly now: number | null
  readonly backup: number | null
}

export interface RestoreResult {
  readonly outcome: 'done' | 'planned'
  readonly file: string
  /** When the backup was taken, at which version, and of which database; null for a file without a manifest. */
  readonly takenAt: string | null
  readonly version: string | null
  readonly identity: string | null
  /** Tables whose rows differ between now and the backup, the journal's own left out. */
  readonly changes: readonly RowChange[]
  /** How many others are connected to what is replaced, where the database can tell. */
  readonly clients: number
  /** The backup of what was replaced. */
  readonly safety: string | null
  /** Where the replaced database is kept: a name on the server, or a damaged file that was put aside. */
  readonly previous: string | null
  /** How it was proved that what is live is what was restored. */
  readonly proof: Swap['proof'] | null
  /** Versions that are pending after it; null for a dry run. */
  readonly pending: readonly string[] | null
  readonly findings: readonly Finding[]
}

/**
 * Verifies a backup, restores it beside the live database, checks it there, backs up what is live, and puts it in its
 * place at once. Whatever fails before that leaves the database as it was.
 */
export async function restore(ctx: RunContext, options: RestoreOptions): Promise<RestoreResult> {
  const chosen = await chooseBackup(ctx, options.from)
  if (options.dryRun) return preview(ctx, chosen)
  const started = performance.now()
  ctx.emit({ type: 'restore.started', file: chosen.file })
  const done = await underLock(ctx, options.waitMs, async (lock) => {
    const state = await ctx.dialect.backup.restoreState()
    if (!options.force) refuseClients(ctx, state)
    return withRestoredCopy(ctx, chosen, { swappable: true }, (copy) =>
      replace(ctx, { chosen, options, state, lock }, copy),
    )
  })
  const durationMs = Math.round(performance.now() - started)
  const { notes, ...told } = done
  ctx.emit({ type: 'restore.finished', file: chosen.file, previous: told.previous, durationMs })
  const { pending } = await readStatus(ctx)
  const validation = await validateAfter(ctx)
  const findings = [...notes, ...remarksOn(ctx, chosen), ...(validation?.findings ?? [])]
  return { ...about(chosen), outcome: 'done', ...told, pending, findings }
}

/** A server's database that is not there has no lock, and no run either. */
async function underLock<T>(
  ctx: RunContext,
  waitMs: number,
  body: (lock: Pick<RunLock, 'release' | 'assertHeld'>) => Promise<T>,
): Promise<T> {
  let isHeld = false
  try {
    return await holdLock(ctx, { purpose: 'restore', waitMs }, (lock) => {
      isHeld = true
      return body(lock)
    })
  } catch (thrown) {
    if (isHeld || asMigrateError(thrown).code !== 'DATABASE_MISSING') throw thrown
    return body({ release: async () => {}, assertHeld: async () => {} })
  }
}

/** Before the work of restoring; the swap itself looks again. */
function refuseClients({ dialect }: RunContext, { clients }: RestoreState): void {
  if (clients.length === 0) return
  const who = clients.map(
    ({ pid, user, state }) =>
      `process ${pid}${user ? ` of ${user}` : ''}${state ? ` (${state})` : ''}`,
  )
  throw new MigrateError('CLIENTS_CONNECTED', {
    message: `Others have ${dialect.location} open, which is to be replaced: ${who.join(', ')}.`,
  })
}

interface Replacing {
  readonly chosen: ChosenBackup
  readonly options: RestoreOptions
  readonly state: RestoreState
  readonly lock: Pick<RunLock, 'release' | 'assertHeld'>
}

async function replace(
  ctx: RunContext,
  { chosen, options, state, lock }: Replacing,
  { prepared, content }: RestoredCopy,
): Promise<Pick<RestoreResult, 'changes' | 'clients' | 'safety'> & Swap> {
  const { dialect, emit, runId, signal } = ctx
  const isSound = state.live === 'sound'
  const changes = differences(isSound ? await dialect.backup.rows() : {}, content.rows)
  const detail = {
    file: chosen.file,
    takenAt: chosen.manifest?.takenAt ?? null,
    sha256: chosen.manifest?.sha256 ?? null,
  }
  await note(ctx, prepared.dialect, { event: 'restored', detail })
  if (isSound) await note(ctx, dialect, { event: 'restore_started', detail })
  let safety: string | null = null
  emit({ type: 'restore.progress', phase: 'swap', done: 0, total: 0 })
  try {
    const swap = await prepared.swap({
      async save() {
        await lock.assertHeld()
        if (!isSound || !options.backup) return
        const reason = { kind: 'before', verb: 'restore', run: runId } as const
        // what is restored was worth encrypting, so what it replaces is
        const encrypt = chosen.manifest?.encryption != null || ctx.settings.backupEncryption
        safety = (await takeBackup(ctx, reason, { encrypt })).file
      },
      waitMs: options.waitMs,
      force: options.force,
      releaseLock: () => lock.release(),
      onWaiting: (blockers, waitedMs) => emit({ type: 'restore.waiting', blockers, waitedMs }),
      signal,
    })
    return { changes, clients: state.clients.length, safety, ...swap }
  } catch (thrown) {
    if (isSound) await noteFailure(ctx, thrown)
    throw thrown
  }
}

/** Says in the log of what is still live that nothing came of the restore; the failure itself is what is told. */
async function noteFailure(ctx: RunContext, thrown: unknown): Promise<void> {
  const { code } = asMigrateError(thrown)
  await recordFailing(ctx, (observed) =>
    note(ctx, ctx.dialect, { event: 'restore_failed', detail: { code }, observed }),
  ).catch(() => {})
}

async function preview(ctx: RunContext, chosen: ChosenBackup): Promise<RestoreResult> {
  const { live, clients } = await ctx.dialect.backup.restoreState()
  const then = await rowsOf(ctx, chosen)
  const now = live === 'sound' ? await ctx.dialect.backup.rows() : {}
  return {
    ...about(chosen),
    outcome: 'planned',
    changes: differences(now, then),
    clients: clients.length,
    safety: null,
    previous: null,
    proof: null,
    pending: null,
    findings: remarksOn(ctx, chosen),
  }
}

/** A manifest says it, of a file that is as it was; what another tool made has to be restored to know. */
async function rowsOf(
  ctx: RunContext,
  chosen: ChosenBackup,
): Promise<Readonly<Record<string, number>>> {
  const { file, manifest } = chosen
  if (!manifest) {
    return withRestoredCopy(ctx, chosen, { swappable: false }, async ({ content }) => content.rows)
  }
  await proveStored(file, manifest, {
    onProgress: (done, total) => ctx.emit({ type: 'restore.progress', phase: 'read', done, total }),
    signal: ctx.signal,
  })
  return manifest.content.rows
}

const about = ({ file, manifest }: ChosenBackup) => ({
  file,
  takenAt: manifest?.takenAt ?? null,
  version: manifest?.schema.version ?? null,
  identity: manifest?.database.identity ?? null,
})

function differences(
  now: Readonly<Record<string, number>>,
  then: Readonly<Record<string, number>>,
): RowChange[] {
  return Object.keys({ ...now, ...then })
    .filter((table) => !JOURNAL_TABLES.includes(table))
    .sort()
    .map((table) => ({ table, now: now[table] ?? null, backup: then[table] ?? null }))
    .filter(({ now, backup }) => (now ?? 0) !== (backup ?? 0))
}
