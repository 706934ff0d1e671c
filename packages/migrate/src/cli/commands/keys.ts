import { resolve } from 'node:path'
import { MigrateError } from '../../errors.ts'
import { ageIdentity, ageRecipient } from '../../keys/age.ts'
import { addPrimaryKey, createKeyFile } from '../../keys/generate.ts'
import { createSecretFile } from '../../keys/key-file.ts'
import type { MasterKey } from '../../keys/master-key.ts'
import { type KeyRing, readKeyRing } from '../../keys/ring.ts'
import { type Answer, type CommandContext, defineCommand } from '../command.ts'
import type { KeyInfo, KeysResult } from '../json.ts'
import { flag, text, YES } from '../options.ts'

const options = {
  file: text('FILE', 'generate: the key file that is made'),
  add: flag('generate: put a new primary key in front of those in the file'),
  key: text('ID', 'export-identity: only that of one key'),
  output: text('FILE', 'export-identity: into a new file that only this user may read'),
  ...YES,
}

type Context = CommandContext<typeof options>

const ACTIONS: Readonly<Record<string, (context: Context) => Promise<Answer<KeysResult>>>> = {
  generate,
  list,
  'export-identity': exportIdentity,
}

export default defineCommand({
  name: 'keys',
  summary: 'Make and show the master keys',
  description:
    'The master key is read from the file that the environment names, else from the environment itself; the configuration ' +
    'says by which variables (by default MIGRATE_MASTER_KEY_FILE and MIGRATE_MASTER_KEY), and `keys list` names them ' +
    'where there is no key. The first key encrypts; all of them open what was encrypted. A copy of ' +
    'the file belongs where the backups are not: without a key, nobody opens what was encrypted with it.',
  project: false,
  options,
  arguments: [{ name: 'action', help: 'generate, list or export-identity' }],
  examples: [
    { line: 'keys generate --file master.key', does: 'A new key in a file of its own.' },
    { line: 'keys list', does: 'Their ids, and which of them encrypts.' },
    {
      line: 'keys export-identity --output identity.txt',
      does: 'What opens a backup with age itself: age -d -i identity.txt BACKUP.',
    },
  ],
  async run(context): Promise<Answer<KeysResult>> {
    const [name = ''] = context.arguments
    const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined
    if (action) return action(context)
    throw new MigrateError('USAGE', {
      message: 'keys takes one of generate, list, export-identity.',
      hint: 'See `keys --help`.',
    })
  },
})

async function generate({ options, cwd, masterKeySource }: Context): Promise<Answer<KeysResult>> {
  if (options.file === undefined) {
    throw new MigrateError('OPTION_MISSING', { message: 'keys generate needs --file <FILE>.' })
  }
  const file = resolve(cwd, options.file)
  const { file: variable } = await masterKeySource()
  const key = await (options.add ? addPrimaryKey : createKeyFile)(file)
  return {
    result: { outcome: 'done', file, keys: [infoOf(key, 0)] },
    text: ({ paint }) =>
      options.add
        ? `Put the new primary key ${paint('bold', key.id)} in front of those in ${file}.\nKeep a copy of the file where the backups are not.`
        : `Wrote the master key ${paint('bold', key.id)} to ${file}.\nName it in the environment: ${variable}=${file}\nKeep a copy of it where the backups are not: without it, nobody opens what it encrypts.`,
  }
}

async function list(context: Context): Promise<Answer<KeysResult>> {
  const { keys, from } = await ringOf(context)
  const infos = keys.map(infoOf)
  return {
    result: { from, keys: infos },
    text: async (view) => (await import('../render/keys.ts')).renderKeys(infos, from, view),
  }
}

async function exportIdentity(context: Context): Promise<Answer<KeysResult>> {
  const { options, cwd, confirm } = context
  const { keys, from } = await ringOf(context)
  const chosen = keys.filter(({ id }) => options.key === undefined || id === options.key)
  if (chosen.length === 0) {
    throw new MigrateError('KEY_MISSING', {
      message: `There is no key ${options.key} in ${from}, only ${keys.map(({ id }) => id).join(', ')}.`,
      hint: 'See `keys list`.',
    })
  }
  const infos = chosen.map((key) => infoOf(key, keys.indexOf(key)))
  const content = chosen.map(identityLines).join('\n')
  if (options.output !== undefined) {
    const file = resolve(cwd, options.output)
    await createSecretFile(file, `${content}\n`, 'Name another file.')
    return {
      result: { outcome: 'done', file, keys: infos },
      text: () => `Wrote ${file}. It is a secret: it opens every backup of these keys.`,
    }
  }
  await confirm('Print what opens every backup of these keys?')
  return {
    result: { from, keys: infos, identities: chosen.map(ageIdentity) },
    text: () => content,
  }
}

/** As age-keygen writes them. */
const identityLines = (key: MasterKey): string =>
  `# master key ${key.id}\n# public key: ${ageRecipient(key)}\n${ageIdentity(key)}`

const infoOf = (key: MasterKey, index: number): KeyInfo => ({
  id: key.id,
  isPrimary: index === 0,
  recipient: ageRecipient(key),
})

async function ringOf({ env, masterKeySource }: Context): Promise<KeyRing> {
  const source = await masterKeySource()
  const ring = await readKeyRing(source, env)
  if (ring) return ring
  throw new MigrateError('KEY_MISSING', {
    message: `There is no master key: neither ${source.file} nor ${source.value} is set.`,
    hint: `Make one with \`keys generate --file F\`, then set ${source.file} to its path.`,
  })
}
