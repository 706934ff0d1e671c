import assert from 'node:assert/strict'
import { chmod, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { createProjectHere } from './in-process.ts'
import { MIGRATIONS, type Project } from './support.ts'

interface Case {
  readonly what: string
  readonly prepare?: (project: Project) => Promise<unknown> | unknown
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly code: string
  readonly exit: number
  readonly says: RegExp
  /** Root may read and write everything. */
  readonly notAsRoot?: true
}

const onPostgres = (url: string) => ({ DATABASE_URL: url })
const fromEnvironment = (project: Project) =>
  project.write('migrate.config.mjs', "export default { migrations: './migrations' }\n")

const cases: readonly Case[] = [
  {
    what: 'a missing migrations folder',
    args: ['--migrations', 'nowhere'],
    code: 'MIGRATIONS_NOT_FOUND',
    exit: 2,
    says: /nowhere/,
  },
  {
    what: 'an unreadable migrations folder',
    prepare: ({ folder }) => chmod(join(folder, 'migrations'), 0),
    code: 'MIGRATIONS_NOT_FOUND',
    exit: 2,
    says: /EACCES/,
    notAsRoot: true,
  },
  {
    what: 'a file that does not parse',
    prepare: (project) => project.write('migrations/v004.mjs', 'export const up = ('),
    code: 'MIGRATION_UNPARSABLE',
    exit: 2,
    says: /v004\.mjs/,
  },
  {
    what: 'a migration without up',
    prepare: (project) => project.write('migrations/v004.mjs', 'export const down = () => {}'),
    code: 'MIGRATION_INVALID',
    exit: 2,
    says: /v004\.mjs exports no up/,
  },
  {
    what: 'a migration that fails, with its place and the lines around it',
    prepare: (project) =>
      project.write(
        'migrations/v000.sql',
        '-- migrate:up\nCREATE TABLE a (b INTEGER);\nINSERT INTO nowhere VALUES (1);\n',
      ),
    code: 'STEP_FAILED',
    exit: 1,
    says: / {2}at migrations\/v000\.sql:3:13\n.*> 3 \| INSERT INTO nowhere/s,
  },
  {
    what: 'an unknown version, with the nearest',
    args: ['--version', 'v003_toy'],
    code: 'UNKNOWN_VERSION',
    exit: 2,
    says: /v003_toys meant/,
  },
  {
    what: 'a malformed DATABASE_URL',
    prepare: fromEnvironment,
    env: onPostgres('postgresql://ada:s3cret@host:notaport/db'),
    code: 'URL_INVALID',
    exit: 2,
    says: /cannot be parsed/,
  },
  {
    what: 'a URL of another database',
    args: ['--database', 'mysql://localhost/db'],
    code: 'URL_INVALID',
    exit: 2,
    says: /mysql:/,
  },
  {
    what: 'a server that is down',
    prepare: fromEnvironment,
    env: onPostgres('postgresql://ada:s3cret@127.0.0.1:1/db'),
    code: 'DATABASE_UNREACHABLE',
    exit: 1,
    says: /127\.0\.0\.1/,
  },
  {
    what: 'a missing folder for the database',
    args: ['--database', 'sqlite:///no/such/folder/app.db'],
    code: 'DATABASE_MISSING',
    exit: 1,
    says: /no\/such\/folder/,
  },
  {
    what: 'a file that is no database',
    prepare: ({ database }) =>
      writeFile(database, 'not a database at all, but long enough\n'.repeat(99)),
    code: 'NOT_A_DATABASE',
    exit: 1,
    says: /app\.db/,
  },
  {
    what: 'a read-only file',
    prepare: async ({ database, run }) => {
      await run(['migrate', '--version', 'v001_people'])
      await chmod(database, 0o444)
    },
    code: 'READ_ONLY',
    exit: 1,
    says: /app\.db/,
    notAsRoot: true,
  },
  {
    what: 'a database newer than the code',
    prepare: async (project) => {
      await project.run(['migrate'])
      project.sql(
        "UPDATE schema_migrations SET version = 'v009_future' WHERE version = 'v003_toys'",
      )
    },
    code: 'DATABASE_NEWER',
    exit: 3,
    says: /v009_future/,
  },
  {
    what: 'a journal row that no file explains',
    prepare: async (project) => {
      await project.run(['migrate'])
      project.sql("UPDATE schema_migrations SET version = 'v000_gone' WHERE version = 'v003_toys'")
    },
    code: 'MIGRATION_MISSING',
    exit: 3,
    says: /v000_gone.*\n.*`migrate repair --version v000_gone --forget/,
  },
  {
    what: 'a configuration that is not there',
    args: ['--config', 'other.config.ts'],
    code: 'CONFIG_NOT_FOUND',
    exit: 2,
    says: /other\.config\.ts/,
  },
  {
    what: 'a configuration with an unknown key',
    prepare: (project) =>
      project.write(
        'migrate.config.mjs',
        "export default { migrations: 'migrations', bakup: 'off' }",
      ),
    code: 'CONFIG_INVALID',
    exit: 2,
    says: /bakup/,
  },
  {
    what: 'a configuration that does not load',
    prepare: (project) => project.write('migrate.config.mjs', 'export default {'),
    code: 'CONFIG_INVALID',
    exit: 2,
    says: /migrate\.config\.mjs cannot be loaded/,
  },
  {
    what: 'a configuration that exports nothing',
    prepare: (project) => project.write('migrate.config.mjs', 'export const migrations = "x"'),
    code: 'CONFIG_INVALID',
    exit: 2,
    says: /as default/,
  },
]

describe('wrong input gets its own code, one sentence and what to do:', () => {
  for (const { what, prepare, args = [], env, code, exit, says, notAsRoot } of cases) {
    test(what, { skip: notAsRoot && process.getuid?.() === 0 && 'root may do it' }, async (t) => {
      const project = await createProjectHere(t, MIGRATIONS)
      await prepare?.(project)
      const before = await readdir(project.folder)
      const result = await project.run(['migrate', ...args], env)
      await chmod(join(project.folder, 'migrations'), 0o700)
      assert.match(result.stderr, new RegExp(`^error ${code}: .+`, 'm'))
      assert.match(result.stderr, says)
      assert.match(result.stderr, / {2}→ .+\n$/)
      assert.doesNotMatch(result.stderr, /s3cret/)
      assert.equal(result.stdout, '')
      assert.equal(result.code, exit)
      if (exit === 2) assert.deepEqual(await readdir(project.folder), before, 'nothing written')
    })
  }
})
