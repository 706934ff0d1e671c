import { MigrateError } from '../../errors.ts'
import type { Finding } from '../../finding.ts'
import type { Migrator } from '../../migrator.ts'
import type { RepairAction } from '../../run/repair.ts'
import { type Answer, defineCommand, type OptionValues } from '../command.ts'
import type { JsonResults } from '../json.ts'
import { CHANGE_OPTIONS, changeOverrides, choice, flag, text } from '../options.ts'

const options = {
  version: text('V', 'the version whose row is wrong'),
  set: choice(['applied', 'rolled_back'], 'what a version left running or failed in truth is'),
  acceptChecksum: flag('take a file that changed after it was applied as it is now'),
  forget: flag('remove the row, which no file explains'),
  reason: text('TEXT', 'why; kept in the log'),
  ...CHANGE_OPTIONS,
}

export default defineCommand({
  name: 'repair',
  summary: 'Put the journal right',
  description:
    'Without --version, lists what is wrong and the command for each, and exits with 3 if there is anything. With it, puts one row right, under the lock, after a backup, recorded with its reason.',
  options,
  examples: [
    { line: 'repair', does: 'What is wrong, if anything.' },
    {
      line: 'repair --version v003_add_indexes --accept-checksum --reason "comment only"',
      does: 'Accept an edit.',
    },
  ],
  async run({ options: given, migrator }): Promise<Answer<JsonResults['repair']>> {
    const action = actionOf(given)
    const { version, reason } = given
    if (version === undefined) {
      if (action || reason !== undefined) throw missing('--version <V>: the version to repair')
      return list(await migrator())
    }
    if (!action) throw missing('what to do: --set, --accept-checksum or --forget')
    if (reason === undefined) throw missing('--reason <TEXT>: why; it is kept in the log')
    const result = await (await migrator(changeOverrides(given))).repair({
      version,
      action,
      reason,
      backup: !given.noBackup,
    })
    const { before, after } = result
    return {
      result,
      text: () =>
        before.status === after.status
          ? `${version} has the checksum of its file now.`
          : `${version} was ${before.status}, it is ${after.status} now.`,
    }
  },
})

const missing = (what: string): MigrateError =>
  new MigrateError('OPTION_MISSING', { message: `repair needs ${what}.` })

function actionOf(given: OptionValues<typeof options>): RepairAction | null {
  const actions: RepairAction[] = []
  if (given.set !== undefined) actions.push({ kind: 'set', status: given.set })
  if (given.acceptChecksum) actions.push({ kind: 'accept-checksum' })
  if (given.forget) actions.push({ kind: 'forget' })
  if (actions.length > 1) {
    throw new MigrateError('USAGE', {
      message: '--set, --accept-checksum and --forget exclude each other.',
    })
  }
  return actions[0] ?? null
}

async function list(project: Migrator): Promise<Answer<{ findings: readonly Finding[] }>> {
  const { findings } = await project.validate({ categories: ['tracking'] })
  return {
    result: { findings },
    exit: findings.length ? 3 : 0,
    text: async (view) =>
      (await import('../render/findings.ts')).renderFindings(
        findings,
        'Nothing to repair: the journal is as it should be.',
        view,
      ),
  }
}
