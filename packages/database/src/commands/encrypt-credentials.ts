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
  many,
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
  user: many(text('ID', "this user's secrets only; may be given several times")),
  rotate: flag('put a new primary key in front, and seal every secret anew with it'),
  purge: flag(
    'purge every table that can hold secrets, also of what an application itself overwrote or deleted',
  ),
  backups: choice(
    ['encrypt', 'delete', 'keep'],
    'what becomes of all backups of this database that are not encrypted',
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
    "Finds passwords, tokens and keys that stand in clear, in their own columns and inside JSON, and seals each for its place with the primary master key, after a backup that is encrypted; a password where a hash belongs is hashed. Proves that none is left, then purges what the database keeps of the old values. On SQLite that writes the whole file anew: it takes room for a second copy and keeps writers waiting. On PostgreSQL it writes each of the tables anew, and nobody reads or writes one meanwhile, so it asks first; the server's WAL ages out by itself after checkpoints, and archives of it are out of reach. Backups from before are named. Run again, it goes on where it was stopped. --rotate makes a new key, which applications do not know before they are restarted, so it asks first; where they must not stop, put the new key below the primary one in every key file first, then in front, then run --rotate, which makes no further key.",
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
      keyFile: await keyFileOf(context),
      dryRun: given.dryRun,
      backup: !given.noBackup,
      waitMs: given.wait === undefined ? undefined : Math.round(given.wait * 1000),
    }
    if (given.rotate) return rotate(migrator, context, how)
    const result = await encryptCredentials(migrator, {
      ...how,
      users: given.user,
      purge: given.purge,
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
  { confirm }: CommandContext<typeof options>,
  how: RotateOptions,
): Promise<Answer<RotateResult>> {
  const { renderNewKey } = await render()
  const result = await rotateCredentials(migrator, {
    ...how,
    agree: ({ key }) =>
      confirm('Make a new primary key, and seal every secret anew with it?', () =>
        renderNewKey(key),
      ),
  })
  return {
    result,
    exit: attention(result.findings),
    text: async (view) => (await render()).renderRotation(result, view),
  }
}

/** Empty where the key comes from the environment itself. */
async function keyFileOf({
  cwd,
  env,
  masterKeySource,
}: CommandContext<typeof options>): Promise<string> {
  const file = env[(await masterKeySource()).file]
  return file ? resolve(cwd, file) : ''
}

const render = () => import('../render/credentials.ts')

const attention = (findings: readonly Finding[]): 0 | 3 =>
  findings.some(({ severity }) => severity !== 'info') ? 3 : 0

function refuseStrays({ allUsers, user, rotate, backups, purge }: Given): void {
  const strays: readonly (readonly [boolean, string])[] = [
    [allUsers && user !== undefined, '--all-users and --user exclude each other.'],
    [rotate && user !== undefined, '--rotate is for all secrets: a key has no users.'],
    [rotate && backups !== undefined, '--backups belongs to an encryption, not to --rotate.'],
    [
      rotate && purge,
      '--purge belongs to an encryption, not to --rotate: what it overwrites is sealed.',
    ],
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

/** Asks what becomes of older backups, before anything is written; without a terminal to ask on, they stay named. */
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
      if (asMigrateError(thrown).code === 'CONFIRMATION_NEEDED') return null
      throw thrown
    }
  }
