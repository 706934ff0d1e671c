import { defineCommand } from '../command.ts'
import { flag } from '../options.ts'

export default defineCommand({
  name: 'drift',
  summary: 'Show what changed behind the back of the migrations',
  description:
    'Compares the schema, and on PostgreSQL grants and owners, with what the last run left. Dangerous is what could have data refused, lost or seen by others, or make a later migration fail. Writes nothing. Exits with 3 when there is anything dangerous.',
  options: {
    sql: flag('print only the statements that undo the differences'),
  },
  examples: [
    { line: 'drift', does: 'What changed, and what may come of it.' },
    { line: 'drift --sql', does: 'The statements that undo it, to read and then to run.' },
  ],
  async run({ options: { sql }, migrator }) {
    const result = await (await migrator()).drift()
    return {
      result,
      exit: result.ok ? 0 : 3,
      text: async (view) => {
        const { renderDrift, renderUndo } = await import('../render/drift.ts')
        return sql ? renderUndo(result) : renderDrift(result, view)
      },
    }
  },
})
