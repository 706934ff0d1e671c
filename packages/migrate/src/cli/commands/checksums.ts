import { rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { builtChecksumsOf, CHECKSUMS_FILE, readMigrationFiles } from '../../migration/files.ts'
import { type Answer, defineCommand } from '../command.ts'
import type { JsonResults } from '../json.ts'
import { required, text } from '../options.ts'
import { counted } from '../render/format.ts'

export default defineCommand({
  name: 'checksums',
  summary: 'Write the sources’ checksums beside built migrations',
  description:
    'Run it after every build: with the file, a .ts in development and its .js in production are the same version.',
  project: false,
  options: {
    from: required(text('DIR', 'the migrations’ sources')),
    to: required(text('DIR', 'the built migrations')),
  },
  examples: [{ line: 'checksums --from migrations --to dist/migrations', does: 'After tsc.' }],
  async run({ options, cwd }): Promise<Answer<JsonResults['checksums']>> {
    const to = resolve(cwd, options.to)
    const file = join(to, CHECKSUMS_FILE)
    const sources = readMigrationFiles(resolve(cwd, options.from))
    // that of the build before would be held against this one
    await rm(file, { force: true })
    const content = builtChecksumsOf(sources, readMigrationFiles(to))
    await writeFile(`${file}.tmp`, content)
    await rename(`${file}.tmp`, file)
    const versions = Object.keys(JSON.parse(content)).length
    return {
      result: { outcome: 'done', file, versions },
      text: () => `Wrote ${file} with ${counted(versions, 'version')}.`,
    }
  },
})
