import { defineCommand } from '../command.ts'
import { confirmDrift } from '../confirm-drift.ts'
import { CHANGE_OPTIONS, changeOverrides, DRY_RUN, flag, YES } from '../options.ts'

export default defineCommand({
  name: 'adopt',
  summary: 'Take over a database that another tool tracks',
  description:
    'Compares what is there with what each applied version would have made. Equal: the journal becomes this tool’s. Different: lists the differences, writes nothing and exits with 3.',
  options: {
    acceptDrift: flag('take the database as it is, differences and all; recorded; asks'),
    ...DRY_RUN,
    ...CHANGE_OPTIONS,
    ...YES,
  },
  examples: [
    { line: 'adopt --dry-run', does: 'Compare only.' },
    { line: 'adopt', does: 'Compare, and take it over if it is equal.' },
  ],
  async run({ options, migrator, confirm }) {
    const { acceptDrift, dryRun, noBackup, yes } = options
    const project = await migrator(changeOverrides(options))
    if (acceptDrift && !dryRun && !yes) {
      await confirmDrift(await project.adopt({ dryRun: true }), confirm)
    }
    const result = await project.adopt({ acceptDrift, dryRun, backup: !noBackup })
    return {
      result,
      exit: result.outcome === 'differs' ? 3 : 0,
      text: async (view) =>
        (await import('../render/take-over.ts')).renderTakeOver('adopt', result, view),
    }
  },
})
