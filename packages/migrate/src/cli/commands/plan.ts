import { defineCommand } from '../command.ts'
import { emptyFolder } from '../empty-folder.ts'
import { text } from '../options.ts'

export default defineCommand({
  name: 'plan',
  summary: 'Show what `migrate` would run',
  description: 'Shows each step in its order, and why it is there. Writes nothing.',
  options: { version: text('V', 'up to V and what it needs (default: all)') },
  examples: [{ line: 'plan', does: 'What is pending.' }],
  async run({ options: { version }, migrator }) {
    const project = await migrator()
    const result = await project.migrate({
      dryRun: true,
      ...(version !== undefined && { version }),
    })
    return {
      result,
      text: async (view) =>
        (await import('../render/run.ts')).renderRun(result, view, emptyFolder(project, result)),
    }
  },
})
