import { defineCommand } from '../command.ts'
import { flag } from '../options.ts'

export default defineCommand({
  name: 'status',
  summary: 'Show where the database stands',
  description:
    'Shows every version and its state, what stands in the way of a run, and the command to run next. Writes nothing.',
  options: {
    exitCode: flag('exit with 3 when something is pending or stands in the way'),
  },
  examples: [
    { line: 'status', does: 'Show it.' },
    { line: 'status --exit-code --quiet', does: 'In a deployment: 0 when there is nothing to do.' },
  ],
  async run({ options, migrator }) {
    const project = await migrator()
    const status = await project.status()
    const attention =
      status.pending.length > 0 || status.findings.some(({ severity }) => severity === 'error')
    return {
      result: status,
      exit: options.exitCode && attention ? 3 : 0,
      text: async (view) =>
        (await import('../render/status.ts')).renderStatus(status, view, project.migrations),
    }
  },
})
