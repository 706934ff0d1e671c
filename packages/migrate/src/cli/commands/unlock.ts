import { defineCommand } from '../command.ts'
import { flag, YES } from '../options.ts'

export default defineCommand({
  name: 'unlock',
  summary: 'Show who holds the lock, or break it',
  description:
    'A lock ends with its process, so whoever holds it is alive. On SQLite only ending that process frees it.',
  options: {
    force: flag('break the lock of a run that is alive (PostgreSQL); asks'),
    ...YES,
  },
  examples: [{ line: 'unlock', does: 'Who holds the lock, if anybody.' }],
  async run({ options: { force }, migrator, confirm }) {
    const project = await migrator()
    if (force) await confirm('Break the lock, and with it the run that holds it?')
    const result = await project.unlock({ force })
    return {
      result,
      text: () =>
        result.outcome === 'done'
          ? 'The lock was broken; the log says so.'
          : 'Nobody holds the lock.',
    }
  },
})
