import { resolve } from 'node:path'
import {
  type Answer,
  asMigrateError,
  CHANGE_OPTIONS,
  type CommandContext,
  changeOverrides,
  choice,
  DRY_RUN,
  defineCommand,
  type Finding,
  flag,
  MigrateError,
  type Migrator,
  type OptionValues,
  text,
  YES,
} from '@fossawork/migrate'
import {
  type EncryptPreview,
  type EncryptResult,
  encryptCredentials,
} from '../credentials/encrypt.ts'
import type { BackupAction } from '../credentials/older-backups.ts'
import { type RotateOptions, type RotateResult, rotateCredentials } from '../credentials/rotate.ts'

const options = {
  allUsers: flag("everybody's secrets, and those of nobody (the default)"),
  user: text('ID', "this user's secrets only"),
  rotate: flag('put a new primary key in front, and seal every secret anew with it'),
  backups: choice(
    ['encrypt', 'delete', 'keep'],
    'what becomes of older backups that may hold plain text',
  ),
  ...DRY_RUN,
  ...CHANGE_OPTIONS,
  ...YES,
}

type Given = OptionValues<typeof options>

export default defineCommand({
  name: 'encrypt-credentials',
  summary: 'Encrypt the secrets that stand in clear in the database, or change their key',
  description:
    "Finds passwords, tokens and keys that stand in clear, in their own columns and inside JSON, and seals each for its place with the primary master key, after a backup that is encrypted. Proves that none is left, then purges what the database keeps of the old values. On SQLite that writes the whole file anew: it takes room for a second copy and keeps writers waiting. On PostgreSQL it writes each of the tables anew, and nobody reads or writes one meanwhile, so it asks first; the server's WAL ages out by itself after checkpoints, and archives of it are out of reach. Backups from before are named. Run again, it goes on where it was stopped.",
  options,
  examples: [
    { line: 'encrypt-credentials --dry-run', does: 'What stands in clear, in counts.' },
    { line: 'encrypt-credentials --backups encrypt', does: 'Encrypt it, and older backups too.' },
    { line: 'encrypt-credentials --rotate', does: 'A new key for every secret.' },
  ],
  async run(context): Promise<Answer<EncryptResult | RotateResult>> {
    const { options: given } = context
    refuseStrays(given)
    const migrator = await context.migrator(changeOverrides(given))
    const how = {
      dryRun: given.dryRun,
      backup: !given.noBackup,
      waitMs: given.wait === undefined ? undefined : Math.round(given.wait * 1000),
    }
    if (given.rotate) return rotate(migrator, context, how)
    const result = await encryptCredentials(migrator, {
      ...how,
      user: given.user,
      backups: given.backups ?? ask(context),
      agree: (preview) => agree(migrator, context, preview),
    })
    return {
      result,
      exit: attention(result.findings),
      text: async (view) => (await render()).renderEncryption(result, view),
    }
  },
})

async function rotate(
  migrator: Migrator,
  { cwd, env, masterKeySource }: CommandContext<typeof options>,
  how: RotateOptions,
): Promise<Answer<RotateResult>> {
  const file = env[(await masterKeySource()).file]
  const result = await rotateCredentials(migrator, {
    ...how,
    keyFile: file ? resolve(cwd, file) : '',
  })
  return {
    result,
    exit: attention(result.findings),
    text: async (view) => (await render()).renderRotation(result, view),
  }
}

const render = () => import('../render/credentials.ts')

const attention = (findings: readonly Finding[]): 0 | 3 =>
  findings.some(({ severity }) => severity !== 'info') ? 3 : 0

function refuseStrays({ allUsers, user, rotate, backups }: Given): void {
  const strays: readonly (readonly [boolean, string])[] = [
    [allUsers && user !== undefined, '--all-users and --user exclude each other.'],
    [rotate && user !== undefined, '--rotate is for all secrets: a key has no users.'],
    [rotate && backups !== undefined, '--backups belongs to an encryption, not to --rotate.'],
  ]
  const stray = strays.find(([isStray]) => isStray)
  if (stray) throw new MigrateError('USAGE', { message: stray[1] })
}

/** On SQLite nobody is asked: readers go on, and writers wait as for any other one. */
async function agree(
  migrator: Migrator,
  { confirm }: CommandContext<typeof options>,
  preview: EncryptPreview,
): Promise<void> {
  if (migrator.dialect !== 'postgres' || preview.purges.length === 0) return
  const { renderPurge } = await render()
  await confirm('Encrypt, then write these tables anew?', (view) =>
    renderPurge(preview.purges, view),
  )
}

/** Asks what becomes of older backups; without an answer, or a terminal to ask on, they stay named. */
const ask =
  ({ select }: CommandContext<typeof options>) =>
  async (count: number): Promise<BackupAction | null> => {
    const [are, them] =
      count === 1 ? ['An older backup is', 'it'] : [`${count} older backups are`, 'them']
    try {
      const action = await select(
        `${are} not encrypted and may hold what stood in clear. What becomes of ${them}?`,
        [
          { value: 'encrypt', label: 'Encrypt' },
          { value: 'delete', label: 'Delete' },
          { value: 'keep', label: 'Keep, knowingly' },
        ],
        'Pass --backups encrypt, delete or keep.',
      )
      return action as BackupAction
    } catch (thrown) {
      const { code } = asMigrateError(thrown)
      if (code === 'CONFIRMATION_NEEDED' || code === 'INTERRUPTED') return null
      throw thrown
    }
  }
