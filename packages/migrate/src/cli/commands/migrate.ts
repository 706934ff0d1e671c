import { defineCommand } from '../command.ts'
import { emptyFolder } from '../empty-folder.ts'
import { exitOf } from '../exit-of.ts'
import { CHANGE_OPTIONS, changeOverrides, DRY_RUN, flag, text } from '../options.ts'

export default defineCommand({
  name: 'migrate',
  summary: 'Run what is pending',
  description:
    'Takes a verified backup, then runs each pending migration in its own transaction, together with its row in the journal. Waits for another run that is under way, and does only what that one left. Refuses, with exit 3, where the schema was changed by hand in a way that endangers data: see `drift`.',
  options: {
    version: text('V', 'up to V and what it needs (default: all)'),
    acceptDrift: flag('go on although the schema was changed by hand; recorded'),
    ...DRY_RUN,
    ...CHANGE_OPTIONS,
  },
  examples: [
    { line: 'migrate', does: 'Run all that is pending.' },
    { line: 'migrate --version v003_add_indexes', does: 'Run v003 and what it needs.' },
    { line: 'migrate --dry-run', does: 'Show what would run.' },
  ],
  async run({ options, migrator }) {
    const { version, acceptDrift, dryRun, noBackup } = options
    const project = await migrator(changeOverrides(options))
    const result = await project.migrate({
      dryRun,
      acceptDrift,
      backup: !noBackup,
      ...(version !== undefined && { version }),
    })
    return {
      result,
      exit: exitOf(result),
      text: async (view) =>
        (await import('../render/run.ts')).renderRun(result, view, emptyFolder(project, result)),
    }
  },
})
