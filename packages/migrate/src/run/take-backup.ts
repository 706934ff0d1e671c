import type { Packing } from '../backup/archive/pack.ts'
import { cleanUp } from '../backup/catalogue/cleanup.ts'
import type { Manifest } from '../backup/catalogue/manifest.ts'
import { type Backup, createBackup } from '../backup/create.ts'
import type { Settings } from '../config/define.ts'
import type { Dialect } from '../dialect/port.ts'
import type { Session } from '../dialect/session.ts'
import { asMigrateError, MigrateError } from '../errors.ts'
import { readJournalIfWhole } from '../journal/read.ts'
import { ageIdentity, ageRecipient } from '../keys/age.ts'
import type { KeyRing } from '../keys/ring.ts'
import { createGraph } from '../migration/graph.ts'
import { backupFolder, databaseOf } from './backup-folder.ts'
import type { RunContext } from './context.ts'

/** What opens encrypted backups: the age identities of all master keys there are. */
export async function identities(ctx: RunContext): Promise<string[]> {
  const ring = await ctx.keys()
  return (ring?.keys ?? []).map(ageIdentity)
}

/** Takes a verified backup, then removes what the rotation no longer keeps. The run lock must be held. */
export async function takeBackup(
  ctx: RunContext,
  reason: Manifest['reason'],
  { encrypt = ctx.settings.backupEncryption } = {},
): Promise<Backup> {
  const { osUser, host, pid, toolVersion } = ctx.actor
  return createBackup({
    dialect: ctx.dialect,
    folder: backupFolder(ctx),
    packing: await packing(ctx, encrypt),
    identities: await identities(ctx),
    keep: ctx.settings.backupKeep,
    by: { osUser, host, pid, toolVersion },
    reason,
    schemaOf: (session) => schemaOf(session, ctx.dialect),
    emit: ctx.emit,
    signal: ctx.signal,
  })
}

async function packing(ctx: RunContext, encrypt: Settings['backupEncryption']): Promise<Packing> {
  const compression = ctx.settings.backupCompression
  if (encrypt === false) return { compression, recipient: null }
  const ring = encrypt === 'when-key' ? await ctx.keys() : await requireKeys(ctx)
  return { compression, recipient: ring && ageRecipient(ring.keys[0]) }
}

/** The master keys, to encrypt for the first. Throws KEY_MISSING where there are none. */
export async function requireKeys({ settings, keys }: RunContext): Promise<KeyRing> {
  const ring = await keys()
  if (ring) return ring
  throw new MigrateError('KEY_MISSING', {
    message: 'The backup is to be encrypted, and there is no master key.',
    hint: `Make one with \`keys generate --file F\`, and name the file in ${settings.masterKey.file}.`,
  })
}

/** By the journal alone: a backup must not depend on migration files that may be broken. */
async function schemaOf(session: Session, dialect: Dialect): Promise<Manifest['schema']> {
  const journal = await readJournalIfWhole(session, dialect)
  if (!journal) return { version: null, log: null }
  const { rows, head, kind } = journal
  const nodes = [...rows.values()].map(({ version, metadata }) => ({
    version,
    dependsOn: metadata.dependencies?.filter((need) => rows.has(need)) ?? null,
  }))
  const { order } = createGraph(nodes)
  return {
    version: order.findLast((version) => rows.get(version)?.status === 'applied') ?? null,
    log: kind === 'ours' && head.seq > 0 ? head : null,
  }
}

/** The rotation, after a backup that succeeded: that it fails is told, and changes nothing else. The backups it removed. */
export async function rotate(ctx: RunContext): Promise<readonly string[]> {
  const { backupKeep } = ctx.settings
  if (backupKeep === 'all') return []
  try {
    const { removed, findings } = await cleanUp(backupFolder(ctx), databaseOf(ctx), backupKeep, {
      dryRun: false,
      now: new Date(),
      onRemoved: (file, bytes) => ctx.emit({ type: 'backup.removed', file, bytes }),
    })
    for (const finding of findings) ctx.emit({ type: 'finding', finding })
    const backups = new Map(removed.map(({ id, file }) => [id, file]))
    return [...backups.values()]
  } catch (thrown) {
    const { code, message, hint } = asMigrateError(thrown)
    ctx.emit({
      type: 'finding',
      finding: {
        code,
        severity: 'warning',
        message: `Old backups could not be removed: ${message}`,
        fix: hint,
      },
    })
    return []
  }
}
