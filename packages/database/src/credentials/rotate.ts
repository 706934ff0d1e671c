import {
  addPrimaryKey,
  type Finding,
  MigrateError,
  type Migrator,
  type Work,
} from '@fossawork/migrate'
import { masterKey } from '../config.ts'
import { type Census, takeCensus } from './census.ts'
import { stillInClear } from './encrypt.ts'
import { type FieldKeys, fieldKeys } from './keys.ts'
import { NEEDS, type PastKeys, pastKeys, ROTATE, type Told } from './past.ts'
import { assertKeysKnown, requireRing } from './preflight.ts'
import { type KeyUse, retireKeys } from './retire.ts'
import { rewrite } from './rewrite.ts'
import { EVERYBODY } from './walk.ts'

export interface RotateOptions {
  /** The file that the master keys are read from. Default: what FOSSAWORK_MASTER_KEY_FILE names. */
  readonly keyFile?: string | undefined
  /** Count only, write nothing. Default false. */
  readonly dryRun?: boolean
  /** False takes no backup first. Default true; it is encrypted. */
  readonly backup?: boolean
  /** How long to wait for another run, in milliseconds. Default: the configuration's. */
  readonly waitMs?: number | undefined
  /** Is told before a new key is made, which applications do not know yet; what it throws stops it. */
  readonly agree?: (preview: RotatePreview) => Promise<void>
}

export interface RotatePreview {
  /** The present primary key's id. */
  readonly key: string
  readonly census: Census
}

export interface RotateResult {
  readonly outcome: 'planned' | 'done'
  /** The id of the primary key that secrets are on now; of the present one where nothing was written. */
  readonly key: string
  /** Whether a new key was made, or would be; false where secrets are on older keys than the present primary one. */
  readonly newKey: boolean
  /** How many secrets were moved to the primary key, or would be. */
  readonly moved: number
  /** What was found first. */
  readonly census: Census
  /** The keys besides the primary one, what needs them, and whether they are retired. */
  readonly others: readonly KeyUse[]
  readonly backup: string | null
  readonly findings: readonly Finding[]
}

/** Applications that know only the old key may write with it meanwhile: what they wrote is looked for again so often. */
const PASSES = 5

/**
 * Puts a new primary key in front of the key file, seals every secret anew with it, proves that none is left on another
 * key, and retires the keys that nothing needs any more. Where secrets are on older keys already, be it that it was
 * stopped or that a key was put in front by hand, it seals them with the present one and makes no further key. Throws
 * KEY_MISSING, KEY_INVALID and NOT_APPLIED before anything is written, and what a run throws.
 */
export async function rotateCredentials(
  migrator: Migrator,
  options: RotateOptions = {},
): Promise<RotateResult> {
  const { keyFile = process.env[masterKey.file], dryRun = false, backup = true, waitMs } = options
  const past = pastKeys(await migrator.log())
  const { census, ring } = await migrator.look({ name: ROTATE, needs: NEEDS }, async (look) => {
    const ring = await requireRing(look)
    const keys = fieldKeys(ring)
    const census = await takeCensus(look, { keys, scope: EVERYBODY }, 'looking')
    assertKeysKnown(census, keys, past.used)
    return { census, ring }
  })
  const key = ring.keys[0].id
  const newKey = !goesOn(census, past, key, ring.keys.length)
  if (newKey && !keyFile) throw notOurs(ring.from)
  const found = { newKey, census }
  if (dryRun) {
    const moved = newKey ? census.total.primary : census.total.older
    const findings = [...census.findings, ...stillInClear(census)]
    return { outcome: 'planned', key, ...found, moved, others: [], backup: null, findings }
  }
  if (newKey) await options.agree?.({ key, census })
  const waiting = waitMs === undefined ? {} : { waitMs }
  const about: Told = { held: Object.keys(census.keys).filter((id) => id !== key) }
  const work = { name: ROTATE, needs: NEEDS, backup, encryptBackup: true, about, ...waiting }
  const done = await migrator.work(work, async (work) => {
    // unless another run was faster
    const isSame = (await requireRing(work)).keys[0].id === key
    if (newKey && isSame && keyFile) await addPrimaryKey(keyFile)
    const ring = await requireRing(work)
    const { moved, from, after } = await moveAll(work, fieldKeys(ring))
    // before the log says that it is done: who dies here goes on here
    const folder = work.backupFolder
    const retired = await retireKeys(migrator, { ring, keyFile, folder, inDatabase: after.keys })
    const others = ring.keys.slice(1).map(({ id }) => id)
    const [primary] = ring.keys
    const told: Told = {
      key: primary.id,
      held: [...from, ...Object.keys(after.keys).filter((id) => id !== primary.id)],
      free: others.filter((id) => !after.keys[id]),
    }
    await work.note({ ...told, moved })
    return {
      outcome: 'done' as const,
      key: primary.id,
      moved,
      others: retired.others,
      backup: work.backup,
      findings: [
        ...after.findings,
        ...stillInClear(after),
        ...stillOnOthers(after),
        ...retired.findings,
      ],
    }
  })
  return { ...found, ...done }
}

/** Whether there is an earlier rotation to go on with: some secrets are on older keys, or only its end is missing. */
function goesOn({ total }: Census, past: PastKeys, primary: string, keys: number): boolean {
  if (total.older > 0) return true
  return past.isOpen && (past.lastKey === null ? keys > 1 : past.lastKey !== primary)
}

async function moveAll(work: Work, keys: FieldKeys) {
  const scanning = { keys, scope: EVERYBODY }
  const from = new Set<string>()
  let moved = 0
  for (let pass = 1; ; pass++) {
    const done = await rewrite(work, { ...scanning, which: 'older', phase: 'sealing anew' })
    moved += done.values
    for (const id of done.keys) from.add(id)
    const after = await takeCensus(work, scanning, 'proving')
    if (after.total.older === 0 || pass === PASSES) return { moved, from: [...from], after }
  }
}

const stillOnOthers = ({ total: { older } }: Census): Finding[] =>
  older === 0
    ? []
    : [
        {
          code: 'KEY_IN_USE',
          severity: 'error',
          message: `${older} secrets are on an older key: something goes on writing with it.`,
          fix: 'Restart the applications, so that they read the key file anew, then run `encrypt-credentials --rotate`.',
        },
      ]

const notOurs = (from: string): MigrateError =>
  new MigrateError('KEY_INVALID', {
    message: `The master key comes from ${from}, where no new one can be put in front of it; nothing was written.`,
    hint: `Put the present key into a file of mode 0600, then \`keys generate --add --file F\`, name the file in ${masterKey.file}, and run it again.`,
  })
