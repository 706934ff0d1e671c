import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { TestContext } from 'node:test'
import { tempFolder } from '../../../../test/support/databases.ts'
import { type RunningProcess, startNode } from '../../../../test/support/process.ts'
import type { JsonAnswer, JsonFailure, JsonResults } from '../../src/cli/json.ts'

export const BIN = join(import.meta.dirname, '../../bin/migrate.js')

export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A folder with a configuration, migrations and a SQLite database that `migrate` finds there. */
export interface Project {
  readonly folder: string
  readonly database: string
  start(args: readonly string[], env?: Environment): RunningProcess
  run(args: readonly string[], env?: Environment): Promise<Outcome>
  /** Runs with `--json` and returns the document; there must be one and nothing else. */
  json<C extends keyof JsonResults>(
    command: C,
    ...args: readonly string[]
  ): Promise<{ code: number | null; answer: JsonAnswer<C> }>
  /** As `json`, where the command must fail. */
  failure(...args: readonly string[]): Promise<JsonFailure & { code: number | null }>
  write(path: string, content: string): Promise<void>
  /** The database by hand. */
  sql(statement: string): Record<string, unknown>[]
}

type Environment = Readonly<Record<string, string | undefined>>

/** Nothing of this machine's settings may reach a test. */
export const CLEAN: Environment = {
  DATABASE_URL: undefined,
  NO_COLOR: undefined,
  FORCE_COLOR: undefined,
  NODE_OPTIONS: undefined,
}

export const MIGRATIONS = {
  'migrations/v001_people.sql': `-- migrate:description The people
-- migrate:up
CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
-- migrate:down
DROP TABLE people;
`,
  'migrations/v002_pets.ts': `import type { Kysely } from 'kysely'

export default {
  description: 'Their pets',
  dependsOn: ['v001_people'],
  async up({ db }: { db: Kysely<any> }) {
    await db.schema.createTable('pets').addColumn('id', 'integer', (c) => c.primaryKey()).execute()
  },
  async down({ db }: { db: Kysely<any> }) {
    await db.schema.dropTable('pets').execute()
  },
}
`,
  'migrations/v003_toys.sql': `-- migrate:description Toys
-- migrate:depends-on v001_people
-- migrate:up
CREATE TABLE toys (id INTEGER PRIMARY KEY);
-- migrate:down
DROP TABLE toys;
`,
}

/** A project whose commands are processes. */
export const createProject = (
  t: Pick<TestContext, 'after'>,
  files: Readonly<Record<string, string>> = MIGRATIONS,
): Promise<Project> => projectRunBy(t, files, (cwd, args, env) => startBin(cwd, args, env).done)

const startBin = (cwd: string, args: readonly string[], env: Environment = {}): RunningProcess =>
  startNode([BIN, ...args], { cwd, env: { ...CLEAN, ...env } })

export async function projectRunBy(
  t: Pick<TestContext, 'after'>,
  files: Readonly<Record<string, string>>,
  runIn: (folder: string, args: readonly string[], env?: Environment) => Promise<Outcome>,
): Promise<Project> {
  const folder = await tempFolder(t)
  const database = join(folder, 'app.db')
  const start: Project['start'] = (args, env) => startBin(folder, args, env)
  const run: Project['run'] = (args, env) => runIn(folder, args, env)
  const document = async (args: readonly string[]) => {
    const { code, stdout } = await run([...args, '--json'])
    assert.match(stdout, /^\{.*\}\n$/, 'one line of JSON')
    return { code, document: JSON.parse(stdout) }
  }
  const project: Project = {
    folder,
    database,
    start,
    run,
    async json(command, ...args) {
      const { code, document: answer } = await document([command, ...args])
      assert.equal(answer.command, command)
      assert.equal(answer.ok, code === 0)
      return { code, answer }
    },
    async failure(...args) {
      const { code, document: answer } = await document(args)
      assert.equal(answer.ok, false)
      return { code, ...answer }
    },
    async write(path, content) {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await writeFile(join(folder, path), content)
    },
    sql(statement) {
      const db = new DatabaseSync(database)
      try {
        return db.prepare(statement).all()
      } finally {
        db.close()
      }
    },
  }
  await project.write(
    'migrate.config.mjs',
    "export default { migrations: './migrations', databaseUrl: 'sqlite:///app.db' }\n",
  )
  for (const [path, content] of Object.entries(files)) await project.write(path, content)
  return project
}
