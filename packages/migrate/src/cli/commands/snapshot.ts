import { defineCommand } from '../command.ts'
import { flag } from '../options.ts'
import { counted } from '../render/format.ts'

export default defineCommand({
  name: 'snapshot',
  summary: 'Write the generated file that says what each version makes',
  description:
    'Runs every migration on a throw-away database of the same kind. adopt, baseline and validate compare with the file: commit it beside the migrations.',
  options: { check: flag('write nothing; exit with 3 when the file is not current') },
  examples: [
    { line: 'snapshot', does: 'After a migration was added.' },
    { line: 'snapshot --check', does: 'In continuous integration.' },
  ],
  async run({ options: { check }, migrator }) {
    const result = await (await migrator()).snapshot({ check })
    return {
      result,
      text: () =>
        result.outcome === 'done'
          ? `Wrote ${result.file} with ${counted(result.versions, 'version')}.`
          : `${result.file} is current.`,
    }
  },
})
