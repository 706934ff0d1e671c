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
import { NEEDS, type PastRotation, pastRotation, ROTATE } from './past.ts'
import { assertKeysKnown, requireRing } from './preflight.ts'
import { type KeyUse, retireKeys } from './retire.ts'
import { rewrite } from './rewrite.ts'

export interface RotateOptions {
  /** The file that the master keys are read from. Default: what FOSSAWORK_MASTER_KEY_FILE names. */
  readonly keyFile?: string | undefined
  /** Count only, write nothing. Default false. */
  readonly dryRun?: boolean
  /** False takes no backup first. Default true; it is encrypted. */
  readonly backup?: boolean
  /** How long to wait for another run, in milliseconds. Default: the configuration's. */
  readonly waitMs?: number | undefined
}

export interface RotateResult {
  readonly outcome: 'planned' | 'done'
  /** The id of the primary key that secrets are on now; of the present one where nothing was written. */
  readonly key: string
  /** Whether a new key was made, or would be; false where an earlier rotation goes on. */
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
const EVERYBODY = { user: null }

/**
 * Puts a new primary key in front of the key file, seals every secret anew with it, proves that none is left on another
 * key, and retires the keys that nothing needs any more. Where it was stopped it goes on, with no further key. Throws
 * KEY_MISSING, KEY_INVALID and NOT_APPLIED before anything is written, and what a run throws.
 */
export async function rotateCredentials(
  migrator: Migrator,
  options: RotateOptions = {},
): Promise<RotateResult> {
  const { keyFile = process.env[masterKey.file], dryRun = false, backup = true, waitMs } = options
  const past = pastRotation(await migrator.log())
  const { census, ring } = await migrator.look({ name: ROTATE, needs: NEEDS }, async (look) => {
    const ring = await requireRing(look)
    const keys = fieldKeys(ring)
    const census = await takeCensus(look, keys, EVERYBODY, 'looking')
    assertKeysKnown(census, keys)
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
  const waiting = waitMs === undefined ? {} : { waitMs }
  const work = { name: ROTATE, needs: NEEDS, backup, encryptBackup: true, ...waiting }
  const done = await migrator.work(work, async (work) => {
    // unless another run was faster
    const isSame = (await requireRing(work)).keys[0].id === key
    if (newKey && isSame && keyFile) await addPrimaryKey(keyFile)
    const ring = await requireRing(work)
    const moving = await moveAll(work, fieldKeys(ring))
    const { after, from } = moving
    const others = ring.keys.slice(1).map(({ id }) => id)
    const free = others.filter((id) => !after.keys[id])
    await work.note({ key: ring.keys[0].id, values: moving.moved, moved: from, free })
    return {
      outcome: 'done' as const,
      ...moving,
      ring,
      folder: work.backupFolder,
      backup: work.backup,
    }
  })
  const { after, moved } = done
  const others = await retireKeys(migrator, { ...done, keyFile, inDatabase: after.keys })
  return {
    outcome: 'done',
    key: done.ring.keys[0].id,
    ...found,
    moved,
    others,
    backup: done.backup,
    findings: [...after.findings, ...stillInClear(after), ...stillOnOthers(after)],
  }
}

/** Whether there is an earlier rotation to go on with: some secrets are on older keys, or only its end is missing. */
function goesOn({ total }: Census, past: PastRotation, primary: string, keys: number): boolean {
  if (total.older > 0) return true
  return past.isOpen && (past.lastKey === null ? keys > 1 : past.lastKey !== primary)
}

async function moveAll(work: Work, keys: FieldKeys) {
  const from = new Set<string>()
  let moved = 0
  for (let pass = 1; ; pass++) {
    const done = await rewrite(work, {
      keys,
      scope: EVERYBODY,
      which: 'older',
      phase: 'sealing anew',
    })
    moved += done.values
    for (const id of done.keys) from.add(id)
    const after = await takeCensus(work, keys, EVERYBODY, 'proving')
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
