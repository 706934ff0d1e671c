import type { Finding, Look, Migrator, Work } from '@fossawork/migrate'
import { type Census, takeCensus } from './census.ts'
import { type FieldKeys, fieldKeys } from './keys.ts'
import { type OlderBackup, type OlderBackupOptions, settleOlderBackups } from './older-backups.ts'
import { ENCRYPT, NEEDS, type PastEncryption, pastEncryption } from './past.ts'
import { assertKeysKnown, assertUser, requireRing } from './preflight.ts'
import { purge } from './purge.ts'
import { rewrite } from './rewrite.ts'
import type { Scope } from './walk.ts'

export interface EncryptOptions {
  /** Only this user's secrets. Default: everybody's, and those of nobody. */
  readonly user?: string | undefined
  /** Count only, write nothing. Default false. */
  readonly dryRun?: boolean
  /** False takes no backup first. Default true; it is encrypted. */
  readonly backup?: boolean
  /** How long to wait for another run, and at the purge for others in the way, in ms. Default: 60,000. */
  readonly waitMs?: number | undefined
  /** What becomes of older backups that may hold plain text. Without it they are only named. */
  readonly backups?: OlderBackupOptions['backups']
  /** Is told what would happen before anything is written; what it throws stops it. */
  readonly agree?: (preview: EncryptPreview) => Promise<void>
}

/** A table, and how large it is with its indexes. */
export interface TableSize {
  readonly table: string
  readonly bytes: number
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
  readonly user: string | null
  /** What was found first. */
  readonly census: Census
  /** How many secrets were encrypted. */
  readonly sealed: number
  /** 'open': what was overwritten may still stand in the database's files. */
  readonly purge: PastEncryption['purge']
  readonly purges: readonly TableSize[]
  /** The safety backup's file. */
  readonly backup: string | null
  /** Backups that may hold what stood in clear, and what became of them. */
  readonly olderBackups: readonly OlderBackup[]
  readonly findings: readonly Finding[]
}

const WAIT_MS = 60_000
/** Others may write plain text meanwhile: what they wrote is looked for again so often. */
const PASSES = 5

/**
 * Encrypts every secret that stands in clear, proves that none is left, and removes what the database keeps of what
 * stood there. Can be run again at any time, and goes on from wherever it was stopped. Throws KEY_MISSING and
 * NOT_APPLIED before anything is written, and what a run throws.
 */
export async function encryptCredentials(
  migrator: Migrator,
  options: EncryptOptions = {},
): Promise<EncryptResult> {
  const { user = null, dryRun = false } = options
  const scope = { user }
  const past = pastEncryption(await migrator.log())
  const found = await migrator.look({ name: ENCRYPT, needs: NEEDS }, (look) =>
    lookAhead(look, scope, past),
  )
  const { census, purges, key } = found
  const base = { key, user, census, purges }
  if (dryRun) {
    const untouched = { sealed: 0, purge: past.purge, backup: null, olderBackups: [] }
    return { outcome: 'planned', ...base, ...untouched, findings: census.findings }
  }
  const idle = census.total.clear === 0 && past.purge !== 'open'
  if (!idle) await options.agree?.({ census, purges })
  const done = idle
    ? ({
        outcome: 'nothing',
        sealed: 0,
        purge: past.purge,
        backup: null,
        findings: census.findings,
      } as const)
    : await encrypt(migrator, options, scope, purges)
  // what was taken after the purge holds nothing that is not encrypted
  const until = done.purge === 'done' ? (idle ? past.purgedAt : new Date().toISOString()) : null
  const older =
    done.purge === 'none'
      ? { backups: [], findings: [] }
      : await settleOlderBackups(migrator, until, options)
  return {
    ...base,
    ...done,
    olderBackups: older.backups,
    findings: [...done.findings, ...older.findings],
  }
}

async function lookAhead(look: Look, scope: Scope, past: PastEncryption) {
  const keys = fieldKeys(await requireRing(look))
  const census = await takeCensus(look, keys, scope, 'looking')
  assertKeysKnown(census, keys)
  if (scope.user !== null) await assertUser(look, scope.user, census)
  // one that was stopped has not told which tables it changed: those that hold anything sealed
  const touched = census.columns.filter(
    ({ clear, primary, older }) => clear > 0 || (past.purge === 'open' && primary + older > 0),
  )
  const tables = [...new Set(touched.map(({ table }) => table))]
  return { key: keys.primary.id, census, purges: await sizesOf(look, tables) }
}

async function sizesOf(look: Look, tables: readonly string[]): Promise<TableSize[]> {
  if (tables.length === 0) return []
  if (look.dialect === 'sqlite') {
    const { rows } = await look.query<{ bytes: number }>(
      'SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size',
    )
    return [{ table: '', bytes: Number(rows[0]?.bytes) }]
  }
  return Promise.all(
    tables.map(async (table) => {
      const { rows } = await look.query<{ bytes: number }>(
        'SELECT pg_total_relation_size($1::regclass) AS bytes',
        [`"${table}"`],
      )
      return { table, bytes: Number(rows[0]?.bytes) }
    }),
  )
}

function encrypt(
  migrator: Migrator,
  { backup = true, waitMs }: EncryptOptions,
  scope: Scope,
  purges: readonly TableSize[],
) {
  const waiting = waitMs === undefined ? {} : { waitMs }
  const options = { name: ENCRYPT, needs: NEEDS, backup, encryptBackup: true, ...waiting }
  return migrator.work(options, async (work) => {
    const keys = fieldKeys(await requireRing(work))
    const { sealed, tables, after } = await sealAll(work, keys, scope)
    const all = new Set([...purges.map(({ table }) => table), ...tables])
    const left = await purge(work, { tables: [...all], waitMs: waitMs ?? WAIT_MS })
    const state = left.length ? ('open' as const) : ('done' as const)
    await work.note({ key: keys.primary.id, sealed, clear: after.total.clear, purge: state })
    return {
      outcome: 'done' as const,
      sealed,
      purge: state,
      backup: work.backup,
      findings: [...after.findings, ...stillInClear(after), ...left],
    }
  })
}

/** Seals until a scan proves that nothing stands in clear. */
async function sealAll(work: Work, keys: FieldKeys, scope: Scope) {
  const tables = new Set<string>()
  let sealed = 0
  for (let pass = 1; ; pass++) {
    const done = await rewrite(work, { keys, scope, which: 'clear', phase: 'encrypting' })
    sealed += done.values
    for (const table of done.tables) tables.add(table)
    const after = await takeCensus(work, keys, scope, 'proving')
    if (after.total.clear === 0 || pass === PASSES) return { sealed, tables, after }
  }
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
