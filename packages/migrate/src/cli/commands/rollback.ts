import { defineCommand } from '../command.ts'
import { exitOf } from '../exit-of.ts'
import { CHANGE_OPTIONS, changeOverrides, DRY_RUN, flag, required, text, YES } from '../options.ts'

export default defineCommand({
  name: 'rollback',
  summary: 'Take one version back',
  description:
    'Takes a verified backup, then runs the version’s down. Refuses while applied versions depend on it. A version that failed or was left running has no way back: what it left is removed, found by comparing the schema.',
  options: {
    version: required(text('V', 'the version to take back')),
    withDependents: flag('take back the versions that depend on it as well, first'),
    force: flag('of a failed version, also remove what has its names but another definition; asks'),
    ...DRY_RUN,
    ...CHANGE_OPTIONS,
    ...YES,
  },
  examples: [
    { line: 'rollback --version v006_add_monitoring_tables', does: 'Take v006 back.' },
    {
      line: 'rollback --version v001_initial_schema --with-dependents --dry-run',
      does: 'Show what taking v001 back would mean.',
    },
  ],
  async run({ options, migrator, confirm }) {
    const { version, withDependents, force, dryRun, noBackup, yes } = options
    const project = await migrator(changeOverrides(options))
    if (force && !dryRun && !yes) {
      const found = await project.rollback({ version, withDependents, force, dryRun: true })
      const { renderLeftovers } = await import('../render/run.ts')
      if ('removed' in found && found.removed.length > 0) {
        await confirm('Remove them, even where they are not as the version makes them?', () =>
          renderLeftovers(found),
        )
      }
    }
    const result = await project.rollback({
      version,
      withDependents,
      force,
      dryRun,
      backup: !noBackup,
    })
    return {
      result,
      exit: exitOf(result),
      text: async (view) => {
        const { renderRemoval, renderRun } = await import('../render/run.ts')
        return 'plan' in result ? renderRun(result, view) : renderRemoval(result)
      },
    }
  },
})
