import { resolve } from 'node:path'
import { defineCommand } from '../command.ts'
import { flag, text } from '../options.ts'
import { counted } from '../render/format.ts'

export default defineCommand({
  name: 'emergency',
  summary: 'Write the scripts that roll a version back without this tool',
  description:
    'One SQL script a version, made from its down, for the database’s own client: sqlite3 or psql. Reads the migrations and connects to no database; --database says which kind it is. Commit the scripts beside the migrations.',
  options: {
    dir: text('DIR', 'where the scripts stand (default: rollback, beside the migrations)'),
    check: flag('write nothing; exit with 3 when a script is not current'),
  },
  examples: [
    { line: 'emergency', does: 'After a migration was added.' },
    { line: 'emergency --check', does: 'In continuous integration.' },
  ],
  async run({ options: { dir, check }, migrator, cwd }) {
    const folder = dir === undefined ? {} : { folder: resolve(cwd, dir) }
    const result = await (await migrator()).emergency({ ...folder, check })
    const { outcome, scripts, without } = result
    const scriptsAre = counted(scripts.length, 'script')
    return {
      result,
      text: () =>
        [
          outcome === 'done'
            ? `Wrote ${scriptsAre} into ${result.folder}.`
            : `The ${scriptsAre} in ${result.folder} ${scripts.length === 1 ? 'is' : 'are'} current.`,
          ...without.map(({ version, reason }) => `${version} has none. ${reason}`),
        ].join('\n'),
    }
  },
})
