import { globSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { lacks } from '../../packages/migrate/test/backup/tools.ts'
import { type DatabaseKind, databases } from '../support/databases.ts'
import { type Chapter, readChapters } from './blocks.ts'
import { type Mismatch, runChapter } from './chapter.ts'
import { openScenario, root, SHOWN_POSTGRES } from './scenario.ts'

/** Documents whose blocks are run, from the repository's root. */
export const DOCUMENTS: readonly string[] = [
  'README.md',
  'docs/guide.md',
  ...globSync('examples/*/README.md', { cwd: root }),
]

export const readDocument = (path: string): string => readFileSync(join(root, path), 'utf8')

export const chaptersOf = (document: string): Chapter[] =>
  readChapters(document, readDocument(document))

/** The kind of PostgreSQL that documents speak of: one whose backups can be made. */
const postgres = databases.find(
  ({ dialect, hasBackupTools }) => dialect === 'postgres' && hasBackupTools,
)

const needsPostgres = ({ blocks }: Chapter): boolean =>
  blocks.some(({ text, notRun }) => notRun === undefined && text.includes(SHOWN_POSTGRES))

/** Programs that documents use and that not every system has, with the package that brings each. */
const PROGRAMS: readonly (readonly [program: string, install: string])[] = [
  ['age', 'apt-get install age'],
  ['sqlite3', 'apt-get install sqlite3'],
  ['zstd', 'apt-get install zstd'],
]

/** Whether a chapter runs a program: its name begins a command. */
const runs = ({ blocks }: Chapter, program: string): boolean =>
  blocks.some(
    ({ kind, text, notRun }) =>
      ['console', 'sh', 'setup'].includes(kind) &&
      notRun === undefined &&
      new RegExp(`(^|[|;&(] *|^\\$ )${program} `, 'm').test(text),
  )

/** Why a chapter cannot be run here; false when it can. */
export function whyNot(chapter: Chapter): string | false {
  for (const [program, install] of PROGRAMS) {
    const missing = runs(chapter, program) && lacks(program, install)
    if (missing) return missing
  }
  if (!needsPostgres(chapter)) return databases[0]?.skip ?? false
  return postgres ? postgres.skip : 'not installed: apt-get install postgresql'
}

/** Runs a chapter in a folder of its own: an example's chapter in a copy of the example. */
export async function checkChapter(chapter: Chapter): Promise<Mismatch[]> {
  const database = needsPostgres(chapter) ? await (postgres as DatabaseKind).create() : undefined
  const isExample = chapter.document.startsWith('examples/')
  const scenario = openScenario({
    copyOf: isExample ? join(root, dirname(chapter.document)) : undefined,
    postgres: database?.url,
    port: await freePort(),
  })
  try {
    return await runChapter(chapter, scenario)
  } finally {
    await scenario.close()
    await database?.drop()
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}
