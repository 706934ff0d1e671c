import type { Migrator } from '../../api.ts'
import { asMigrateError } from '../../errors.ts'
import { type CommandContext, defineCommand } from '../command.ts'
import { flag, YES } from '../options.ts'

export default defineCommand({
  name: 'unlock',
  summary: 'Show who holds the lock, or break it',
  description:
    'A lock ends with its process, so whoever holds it is alive. On SQLite only ending that process frees it.',
  options: {
    force: flag('break the lock of a run that is alive (PostgreSQL); says who holds it, and asks'),
    ...YES,
  },
  examples: [{ line: 'unlock', does: 'Who holds the lock, if anybody.' }],
  async run({ options: { force, yes }, migrator, confirm }) {
    const project = await migrator()
    const canBreak = project.dialect !== 'sqlite'
    if (force && canBreak && !yes) await confirmBreak(project, confirm)
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

/** Asks with the name of whoever holds the lock; where nobody does there is nothing to ask. */
async function confirmBreak(project: Migrator, confirm: CommandContext['confirm']): Promise<void> {
  try {
    await project.unlock()
  } catch (thrown) {
    const error = asMigrateError(thrown)
    if (error.code !== 'LOCK_HELD') throw error
    await confirm(`${error.message} Break it, and with it that run?`)
  }
}
