import type { Migrator } from '../../api.ts'
import { MigrateError } from '../../errors.ts'
import { type Answer, defineCommand, type OptionValues } from '../command.ts'
import type { JsonResults } from '../json.ts'
import { alone, CHANGE_OPTIONS, changeOverrides, choice, DRY_RUN, flag, text } from '../options.ts'

const { backupDir, wait } = CHANGE_OPTIONS

const options = {
  compress: alone('zstd', choice(['zstd', 'gzip'], 'compress it (default: zstd)')),
  encrypt: flag('encrypt it in the age format, for the master key'),
  list: flag('list the backups of this database'),
  verify: alone(
    '',
    text('FILE', 'compare the backups, or one, with their manifests and the index'),
  ),
  restoreTest: flag('with --verify, also restore each into a throw-away database and compare'),
  promoteWeekly: flag('put the newest backup into weekly/ as well'),
  promoteMonthly: flag('put the newest backup into monthly/ as well'),
  cleanup: flag('remove the backups that the rotation does not keep'),
  dryRun: { ...DRY_RUN.dryRun, help: 'with --cleanup, show what would be removed and why' },
  backupDir,
  wait,
}

type Given = OptionValues<typeof options>
type BackupAnswer = Answer<JsonResults['backup']>

export default defineCommand({
  name: 'backup',
  summary: 'Make a verified backup, or look after those there are',
  description:
    'Copies one state of the database while others use it, reads the copy through, reads what was stored again, and only then counts it. Afterwards the rotation removes what it does not keep: by default the newest backup of each of the last 7 days, 4 weeks and 12 months that have one, those of the last 10 runs, and for a day what was made by hand.',
  options,
  examples: [
    { line: 'backup', does: 'Make a backup.' },
    {
      line: 'backup --compress --encrypt',
      does: 'Make one that is small and that only the key opens.',
    },
    { line: 'backup --list', does: 'Which there are.' },
    { line: 'backup --verify', does: 'Whether all of them are as they were made.' },
    { line: 'backup --cleanup --dry-run', does: 'What the rotation would remove.' },
  ],
  async run({ options: given, migrator }): Promise<BackupAnswer> {
    const action = actionOf(given)
    const project = await migrator({
      ...changeOverrides(given),
      ...(given.compress !== undefined && { backupCompression: given.compress }),
      ...(given.encrypt && { backupEncryption: true }),
    })
    return ACTIONS[action](project, given)
  },
})

const ACTIONS = {
  make: async (project) => {
    const result = await project.backup()
    return answer(result, (render) => render.renderBackup(result))
  },
  list: async (project) => {
    const result = await project.backups()
    return answer(result, (render, view) => render.renderBackups(result, view))
  },
  verify: async (project, { verify, restoreTest }) => {
    const result = await project.verifyBackups({
      restoreTest,
      ...(verify ? { file: verify } : {}),
    })
    return {
      ...answer(result, (render, view) => render.renderVerification(result, view)),
      exit: result.ok ? 0 : 3,
    }
  },
  promoteWeekly: (project) => promote(project, 'weekly'),
  promoteMonthly: (project) => promote(project, 'monthly'),
  cleanup: async (project, { dryRun }) => {
    const result = await project.cleanUpBackups({ dryRun })
    return answer(result, (render, view) => render.renderCleanup(result, view))
  },
} as const satisfies Record<string, (project: Migrator, given: Given) => Promise<BackupAnswer>>

async function promote(project: Migrator, tier: 'weekly' | 'monthly'): Promise<BackupAnswer> {
  const result = await project.promoteBackup({ tier })
  return answer(result, (render) => render.renderPromotion(result))
}

type Render = typeof import('../render/backup.ts')

const answer = <R extends JsonResults['backup']>(
  result: R,
  text: (render: Render, ...view: Parameters<Answer['text']>) => string,
): Answer<R> => ({
  result,
  text: async (view) => text(await import('../render/backup.ts'), view),
})

/** Which one of the things that the command does; options that belong to another one are refused. */
function actionOf(given: Given): keyof typeof ACTIONS {
  const asked = (['list', 'verify', 'promoteWeekly', 'promoteMonthly', 'cleanup'] as const).filter(
    (name) => given[name] !== false && given[name] !== undefined,
  )
  const action = asked[0] ?? 'make'
  const strays: readonly (readonly [boolean, string])[] = [
    [
      asked.length > 1,
      '--list, --verify, --promote-weekly, --promote-monthly and --cleanup exclude each other.',
    ],
    [
      action !== 'make' && (given.compress !== undefined || given.encrypt),
      '--compress and --encrypt belong to a backup that is made.',
    ],
    [action !== 'verify' && given.restoreTest, '--restore-test belongs to --verify.'],
    [action !== 'cleanup' && given.dryRun, '--dry-run belongs to --cleanup.'],
  ]
  const stray = strays.find(([isStray]) => isStray)
  if (stray) throw new MigrateError('USAGE', { message: stray[1], hint: 'See `backup --help`.' })
  return action
}
