import type { Finding, KeyRing, Look, Migrator, Work } from '@fossawork/migrate'
import { masterKey } from '../config.ts'
import { type Census, takeCensus } from './census.ts'
import { type FieldKeys, fieldKeys } from './keys.ts'
import { type OlderBackup, type OlderBackupOptions, settleOlderBackups } from './older-backups.ts'
import { ENCRYPT, NEEDS, type PastEncryption, pastEncryption, pastKeys, type Told } from './past.ts'
import { assertKeysKnown, assertUsers, requireRing } from './preflight.ts'
import { purge } from './purge.ts'
import { retireKeys } from './retire.ts'
import { rewrite } from './rewrite.ts'
import { sizesOf, stillThere, type TableSize } from './table-sizes.ts'
import type { Scope } from './walk.ts'

export interface EncryptOptions extends OlderBackupOptions {
  /** Only these users' secrets. Default: everybody's, and those of nobody. */
  readonly users?: readonly string[] | undefined
  /** Count only, write nothing. Default false. */
  readonly dryRun?: boolean
  /** False takes no backup first. Default true; it is encrypted. */
  readonly backup?: boolean
  /**
   * Purges every table that can hold secrets, whatever stands in clear: for what an application overwrote or deleted
   * itself. Default false: what this and earlier runs overwrote.
   */
  readonly purge?: boolean
  /** How long to wait for another run, and at the purge for others in the way, in ms. Default: 60,000. */
  readonly waitMs?: number | undefined
  /** The key file, in which keys are retired that nothing needs. Default: what FOSSAWORK_MASTER_KEY_FILE names. */
  readonly keyFile?: string | undefined
  /** Is told what would happen before anything is written; what it throws stops it. */
  readonly agree?: (preview: EncryptPreview) => Promise<void>
}

export interface EncryptPreview {
  readonly census: Census
  /** What the purge writes anew: on SQLite the whole file, as the one table ''. */
  readonly purges: readonly TableSize[]
}

export interface EncryptResult {
  readonly outcome: 'planned' | 'nothing' | 'done'
  /** The primary key's id. */
  readonly key: string
  /** Null for everybody. */
  readonly users: readonly string[] | null
  /** What was found first. */
  readonly census: Census
  /** How many secrets were encrypted. */
  readonly sealed: number
  /** How many passwords were hashed that stood where hashes belong. */
  readonly hashed: number
  /** 'open': what was overwritten may still stand in the database's files. */
  readonly purge: 'none' | 'open' | 'done'
  readonly purges: readonly TableSize[]
  /** The safety backup's file. */
  readonly backup: string | null
  /** Backups that may hold what stood in clear, and what became of them. */
  readonly olderBackups: readonly OlderBackup[]
  /** The ids of older keys that were retired, since nothing needs them any more. */
  readonly retired: readonly string[]
  readonly findings: readonly Finding[]
}

const WAIT_MS = 60_000
/** Others may write plain text meanwhile: what they wrote is looked for again so often. */
const PASSES = 5

/**
 * Encrypts every secret that stands in clear, proves that none is left, and removes what the database keeps of what
 * stood there. Can be run again at any time, and goes on from wherever it was stopped. Throws KEY_MISSING,
 * PERMISSION_DENIED and NOT_APPLIED before anything is written, and what a run throws.
 */
export async function encryptCredentials(
  migrator: Migrator,
  options: EncryptOptions = {},
): Promise<EncryptResult> {
  const { users = null, dryRun = false } = options
  const log = await migrator.log()
  const past = pastEncryption(log)
  const { freeSince, used } = pastKeys(log)
  const found = await migrator.look({ name: ENCRYPT, needs: NEEDS }, (look) =>
    lookAhead(look, { users }, { past, used, everything: options.purge ?? false }),
  )
  const { census, purges, key, ring } = found
  const state = past.owed.length
    ? ('open' as const)
    : past.any
      ? ('done' as const)
      : ('none' as const)
  const base = { key, users, census, purges }
  const idle = { sealed: 0, hashed: 0, purge: state, backup: null, findings: census.findings }
  if (dryRun) return { outcome: 'planned', ...base, ...idle, olderBackups: [], retired: [] }
  // on a key that secrets had left: backups from now on need it again
  const returned = Object.keys(census.keys).filter((id) => freeSince.has(id))
  const isIdle = census.total.clear === 0 && found.owed.length === 0 && returned.length === 0
  const older = await settleOlderBackups(migrator, past, census, options)
  if (!isIdle) await options.agree?.({ census, purges })
  const done = isIdle
    ? { outcome: 'nothing' as const, ...idle, inDatabase: census.keys }
    : await encrypt(migrator, options, { users }, found)
  const { inDatabase, ...result } = done
  const settled = await older()
  const retired = users ? null : await retire(migrator, options, ring, found.folder, inDatabase)
  return {
    ...base,
    ...result,
    olderBackups: settled.backups,
    retired: retired?.now ?? [],
    findings: [
      ...done.findings,
      ...onOldKeys(census, returned),
      ...settled.findings,
      ...(retired?.findings ?? []),
    ],
  }
}

interface Before {
  readonly past: PastEncryption
  readonly used: ReadonlySet<string>
  /** Whether every table is to be purged. */
  readonly everything: boolean
}

async function lookAhead(look: Look, scope: Scope, { past, used, everything }: Before) {
  const ring = await requireRing(look)
  const keys = fieldKeys(ring)
  const census = await takeCensus(look, { keys, scope }, 'looking')
  if (scope.users) await assertUsers(look, scope.users, census)
  assertKeysKnown(census, keys, used)
  const clear = census.columns.filter((column) => column.clear > 0).map(({ table }) => table)
  const owed = await stillThere(look, new Set([...past.owed, ...clear]), everything)
  const purges = await sizesOf(look, owed)
  const folder = look.backupFolder
  return { key: keys.primary.id, ring, folder, census, clear: new Set(clear), owed, purges }
}

type Ahead = Awaited<ReturnType<typeof lookAhead>>

function encrypt(
  migrator: Migrator,
  { backup = true, waitMs }: EncryptOptions,
  scope: Scope,
  { clear, owed, census, key }: Ahead,
) {
  const waiting = waitMs === undefined ? {} : { waitMs }
  const held = Object.keys(census.keys).filter((id) => id !== key)
  const about: Told = { owed, held }
  const options = { name: ENCRYPT, needs: NEEDS, backup, encryptBackup: true, about, ...waiting }
  return migrator.work(options, async (work) => {
    const ring = await requireRing(work)
    const keys = fieldKeys(ring)
    const { sealed, hashed, after } = await sealAll(work, keys, scope, clear)
    // a quarantine goes with its last row, which may be put back at any time
    const tables = await stillThere(work, new Set(owed), false)
    const purged = await purge(work, { tables, waitMs: waitMs ?? WAIT_MS })
    const others = ring.keys.slice(1).map(({ id }) => id)
    const proved = scope.users === null && after.total.clear === 0
    const told: Told = {
      key: keys.primary.id,
      owed: purged.owed,
      proved: proved && after.findings.every(({ code }) => !UNSEEN.has(code)),
      held: Object.keys(after.keys).filter((id) => id !== keys.primary.id),
      free: scope.users ? [] : others.filter((id) => !after.keys[id]),
    }
    await work.note({ ...told, sealed, hashed, clear: after.total.clear })
    return {
      outcome: 'done' as const,
      sealed,
      hashed,
      purge: purged.owed.length ? ('open' as const) : ('done' as const),
      backup: work.backup,
      inDatabase: after.keys,
      findings: [...after.findings, ...stillInClear(after), ...purged.findings],
    }
  })
}

/** What is told of values that may be secrets in clear: nothing is proved of those. */
export const UNSEEN: ReadonlySet<Finding['code']> = new Set([
  'JSON_UNREADABLE',
  'TEXT_UNREADABLE',
  'PASSWORD_UNCLEAR',
])

/**
 * Seals until a scan proves that nothing stands in clear. Only in the tables that the log names as those to be purged:
 * what others write in clear into another one meanwhile is told, and the next run's.
 */
async function sealAll(work: Work, keys: FieldKeys, scope: Scope, tables: ReadonlySet<string>) {
  let sealed = 0
  let hashed = 0
  for (let pass = 1; ; pass++) {
    const done = await rewrite(work, { keys, scope, tables, which: 'clear', phase: 'encrypting' })
    sealed += done.values
    hashed += done.hashed
    const after = await takeCensus(work, { keys, scope }, 'proving')
    const isDone = !after.columns.some(({ table, clear }) => clear > 0 && tables.has(table))
    if (isDone || pass === PASSES) return { sealed, hashed, after }
  }
}

function retire(
  migrator: Migrator,
  { keyFile = process.env[masterKey.file] }: EncryptOptions,
  ring: KeyRing,
  folder: string,
  inDatabase: Readonly<Record<string, number>>,
) {
  return retireKeys(migrator, { ring, keyFile, folder, inDatabase })
}

export const stillInClear = ({ total: { clear } }: Census): Finding[] =>
  clear === 0
    ? []
    : [
        {
          code: 'SECRET_IN_CLEAR',
          severity: 'error',
          message: `${clear} ${clear === 1 ? 'secret stands' : 'secrets stand'} in clear.`,
          fix: 'Stop what writes them so, then run `encrypt-credentials`.',
        },
      ]

const onOldKeys = ({ keys }: Census, ids: readonly string[]): Finding[] =>
  ids.map((id) => ({
    code: 'KEY_IN_USE',
    severity: 'error',
    message: `${keys[id]} secrets are on the key ${id} again, which a rotation had left: something goes on writing with it.`,
    fix: 'Restart the applications, so that they read the key file anew, then run `encrypt-credentials --rotate`.',
  }))
