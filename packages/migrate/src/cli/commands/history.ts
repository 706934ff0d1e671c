import { type Answer, defineCommand } from '../command.ts'
import type { JsonResults } from '../json.ts'
import { count, flag } from '../options.ts'

export default defineCommand({
  name: 'history',
  summary: 'Show what ran',
  description:
    'Shows the journal, last change first: one line a version, or with --audit every event of its log with who did it, when and in which run. Writes nothing.',
  options: {
    limit: count('N', 'the newest N only'),
    audit: flag('show the log'),
  },
  examples: [
    { line: 'history --limit 5', does: 'The five versions that changed last.' },
    { line: 'history --audit', does: 'Who did what, and when.' },
  ],
  async run({ options, migrator }): Promise<Answer<JsonResults['history']>> {
    const project = await migrator()
    const limited = options.limit === undefined ? {} : { limit: options.limit }
    const render = () => import('../render/history.ts')
    if (options.audit) {
      const entries = await project.log(limited)
      return {
        result: { entries },
        text: async (view) => (await render()).renderLog(entries, view),
      }
    }
    const rows = await project.history(limited)
    return { result: { rows }, text: async (view) => (await render()).renderHistory(rows, view) }
  },
})
