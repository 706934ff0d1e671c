import { CATEGORIES } from '../../finding.ts'
import { defineCommand } from '../command.ts'
import { choice } from '../options.ts'

export default defineCommand({
  name: 'validate',
  summary: 'Check the database',
  description:
    'tracking: the journal against the files, and its log against itself. schema: what is there against what the applied versions make. Writes nothing. Exits with 3 when there are errors.',
  options: {
    category: choice([...CATEGORIES, 'all'], 'what to check (default: all)'),
  },
  examples: [
    { line: 'validate', does: 'Check everything.' },
    { line: 'validate --category tracking', does: 'Check the journal only.' },
  ],
  async run({ options: { category = 'all' }, migrator }) {
    const result = await (await migrator()).validate(
      category === 'all' ? {} : { categories: [category] },
    )
    return {
      result,
      exit: result.ok ? 0 : 3,
      text: async (view) =>
        (await import('../render/findings.ts')).renderFindings(
          result.findings,
          `Everything is as it should be (${result.categories.join(', ')}).`,
          view,
        ),
    }
  },
})
