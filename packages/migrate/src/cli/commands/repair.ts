import type { Migrator } from '../../api.ts'
import { MigrateError } from '../../errors.ts'
import type { Finding } from '../../finding.ts'
import type { Diagnosis } from '../../run/diagnose.ts'
import type { RepairAction, RepairResult } from '../../run/repair.ts'
import type { VersionState } from '../../run/status.ts'
import type { WayOut } from '../../run/ways-out.ts'
import { type Answer, type CommandContext, defineCommand, type OptionValues } from '../command.ts'
import { exitOf } from '../exit-of.ts'
import type { JsonResults } from '../json.ts'
import { CHANGE_OPTIONS, changeOverrides, choice, flag, text } from '../options.ts'
import { chooseWay, reasonFor, renderRepair } from '../repair-way.ts'

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
    'Without --version, lists what is wrong and the command for each, and exits with 3 if there is anything. With --version alone, says what is known of that version, what it left behind, how its file changed, and the ways out; on a terminal it asks which one, and why. With what to do, puts one row right, under the lock, after a backup, recorded with its reason.',
  options,
  examples: [
    { line: 'repair', does: 'What is wrong, if anything.' },
    { line: 'repair --version v003_add_indexes', does: 'What is known of it, and the ways out.' },
    {
      line: 'repair --version v003_add_indexes --accept-checksum --reason "comment only"',
      does: 'Accept an edit.',
    },
  ],
  async run(context): Promise<Answer<JsonResults['repair']>> {
    const { options: given, migrator } = context
    const action = actionOf(given)
    const { version } = given
    if (version === undefined) {
      if (action || given.reason !== undefined) {
        throw new MigrateError('OPTION_MISSING', {
          message: 'repair needs --version <V>: the version to repair.',
        })
      }
      return list(await migrator())
    }
    const project = await migrator(changeOverrides(given))
    if (action) return put(project, version, action, context)
    if (given.reason !== undefined && !context.isInteractive) {
      throw new MigrateError('OPTION_MISSING', {
        message: 'repair needs what to do: --set, --accept-checksum or --forget.',
      })
    }
    const found = await project.diagnose(version)
    if (found.problem === null || !context.isInteractive) return shown(found)
    const way = await chooseWay(found, context)
    return way
      ? take(project, version, way, context)
      : { result: found, exit: 3, text: () => 'Nothing was changed.' }
  },
})

type Context = CommandContext<typeof options>

const shown = (found: Diagnosis): Answer<Diagnosis> => ({
  result: found,
  exit: found.problem === null ? 0 : 3,
  text: async (view) => (await import('../render/repair.ts')).renderDiagnosis(found, view),
})

async function put(
  project: Migrator,
  version: string,
  action: RepairAction,
  context: Context,
): Promise<Answer<RepairResult>> {
  const { noBackup } = context.options
  const reason = await reasonFor(context.options.reason, context)
  const result = await project.repair({ version, action, reason, backup: !noBackup })
  return { result, text: () => renderRepair(result, action) }
}

/** Goes the way out that was chosen. */
async function take(
  project: Migrator,
  version: string,
  { does }: WayOut,
  context: Context,
): Promise<Answer<JsonResults['repair']>> {
  if (does.kind === 'repair') return put(project, version, does.action, context)
  const backup = !context.options.noBackup
  const result =
    does.kind === 'rollback'
      ? await project.rollback({ version, force: does.force, backup })
      : await project.migrate({ backup })
  return {
    result,
    exit: exitOf(result),
    text: async (view) => {
      const { renderRemoval, renderRun } = await import('../render/run.ts')
      return 'plan' in result ? renderRun(result, view) : renderRemoval(result)
    },
  }
}

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
  const { versions } = await project.status()
  const tracking = await project.validate({ categories: ['tracking'] })
  const findings = [...tracking.findings, ...versions.filter(isFailed).map(failed)]
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

const isFailed = ({ status }: VersionState): boolean => status === 'failed'

/** No fault of the journal's: it says what happened. But whoever looks for what to repair looks for this. */
const failed = ({ version, errorMessage }: VersionState): Finding => ({
  code: 'VERSION_FAILED',
  severity: 'info',
  message: `${version} failed: ${errorMessage ?? 'nobody knows why'}`,
  at: { version },
  fix: `\`migrate\` tries it again, \`rollback --version ${version}\` removes what it left; see \`repair --version ${version}\`.`,
})
