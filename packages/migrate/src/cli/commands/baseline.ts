import { shellWord } from '../../shell.ts'
import { defineCommand } from '../command.ts'
import { confirmDrift } from '../confirm-drift.ts'
import { CHANGE_OPTIONS, changeOverrides, DRY_RUN, flag, required, text, YES } from '../options.ts'

export default defineCommand({
  name: 'baseline',
  summary: 'Start a journal for a database that has none',
  description:
    'Compares what is there with what the version, and what it needs, would have made. Equal: the journal says that they are applied. Different: lists the differences, writes nothing and exits with 3.',
  options: {
    version: required(
      text('V', 'the version that the database is at; none: its tables are not the migrations’'),
    ),
    acceptDrift: flag('take the database as it is, differences and all; recorded; asks'),
    ...DRY_RUN,
    ...CHANGE_OPTIONS,
    ...YES,
  },
  examples: [
    { line: 'baseline --version v003_add_indexes', does: 'The database is at v003.' },
    { line: 'baseline --version none', does: 'Its tables have nothing to do with the migrations.' },
  ],
  async run({ options, migrator, confirm }) {
    const { acceptDrift, dryRun, noBackup, yes } = options
    const version = options.version === 'none' ? null : options.version
    const project = await migrator(changeOverrides(options))
    if (acceptDrift && !dryRun && !yes) {
      await confirmDrift(await project.baseline({ version, dryRun: true }), confirm)
    }
    const result = await project.baseline({
      version,
      acceptDrift,
      dryRun,
      backup: !noBackup,
    })
    return {
      result,
      exit: result.outcome === 'differs' ? 3 : 0,
      text: async (view) =>
        (await import('../render/take-over.ts')).renderTakeOver(
          `baseline --version ${shellWord(options.version)}`,
          result,
          view,
        ),
    }
  },
})
