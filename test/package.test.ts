import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import type { Finding } from '../packages/migrate/src/finding.ts'
import { createMigrator } from '../packages/migrate/src/migrator.ts'
import { root } from '../scripts/checks/sources.ts'
import { packAll } from '../scripts/pack.ts'
import { tempFolder } from './support/databases.ts'

const run = promisify(execFile)

/** The tarballs as users get them, installed in a folder that knows nothing of this repository. */
describe('the published packages', () => {
  let folder = ''
  const cleanups: (() => void | Promise<void>)[] = []
  const bin = (name: string): string => join(folder, 'node_modules/.bin', name)
  const node = (...args: string[]) => run(process.execPath, args, { cwd: folder })

  before(async () => {
    folder = await tempFolder({ after: (cleanup) => void cleanups.push(cleanup as () => void) })
    const tarballs = packAll(join(folder, 'tarballs'))
    await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }')
    const flags = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error']
    await run('npm', ['install', ...flags, ...tarballs], { cwd: folder })
  })
  after(async () => {
    for (const cleanup of cleanups) await cleanup()
  })

  test('work from plain JavaScript', async () => {
    await writeFile(
      join(folder, 'app.js'),
      `import { getMigrationManager } from '@fossawork/database'
      const manager = getMigrationManager({ databaseUrl: 'sqlite:///./app.db' })
      const { current } = await manager.ensureLatest()
      console.log(current)`,
    )
    const { stdout } = await node('app.js')
    assert.match(stdout, /^v\d{3}_\w+\n$/)
  })

  test('carry their types', async () => {
    await writeFile(
      join(folder, 'typed.ts'),
      `import { defineMigration, MigrateError, type Plan } from '@fossawork/migrate'
      import { getMigrationManager } from '@fossawork/database'
      export default defineMigration({
        description: 'typed',
        async up({ db, dialect }) {
          const name: 'sqlite' | 'postgres' = dialect
          await db.schema.createTable(name).execute()
        },
        down: 'irreversible',
      })
      export const plan: Promise<Plan> = getMigrationManager().dryRun()
      // @ts-expect-error there is no such code
      new MigrateError('NO_SUCH_CODE')`,
    )
    // a project in TypeScript on Node has Node's types
    const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')]
    const options = [...types, '--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024']
    await run(join(root, 'node_modules/.bin/tsc'), [...options, 'typed.ts'], { cwd: folder })
  })

  test('a built migration is the version of its source', async () => {
    const migrations = join(root, 'packages/database/migrations')
    const databaseUrl = `sqlite:///${join(folder, 'both.db')}`
    const fromSource = await createMigrator({ config: { migrations, databaseUrl, backup: 'off' } })
    await fromSource.migrate({ version: 'v003_add_indexes' })
    const env = { ...process.env, DATABASE_URL: databaseUrl }
    await run(process.execPath, [bin('fossawork-db'), 'migrate', '--no-backup'], { env })
    const { pending, findings } = await fromSource.status()
    assert.deepEqual([pending, findings], [[], []])
    const { stdout } = await run(process.execPath, [bin('fossawork-db'), 'validate', '--json'], {
      env,
    })
    const found: readonly Finding[] = JSON.parse(stdout).findings
    assert.deepEqual(
      found.filter(({ severity }) => severity !== 'info'),
      [],
    )
  })

  test('the emergency scripts go along', async () => {
    const installed = join(folder, 'node_modules/@fossawork/database/rollback')
    const shipped = await readdir(join(root, 'packages/database/rollback'))
    assert.deepEqual((await readdir(installed)).sort(), shipped.sort())
  })

  test("the engine's own command serves a project with a configuration", async () => {
    await mkdir(join(folder, 'migrations'))
    await writeFile(
      join(folder, 'migrations/001_notes.sql'),
      '-- migrate:up\nCREATE TABLE notes (id INTEGER);',
    )
    await writeFile(
      join(folder, 'migrate.config.ts'),
      `import { defineConfig } from '@fossawork/migrate'
      export default defineConfig({ migrations: './migrations', databaseUrl: 'sqlite:///./own.db' })`,
    )
    await node(bin('migrate'), 'migrate')
    const { stdout } = await node(bin('migrate'), 'status', '--json')
    assert.deepEqual(JSON.parse(stdout).pending, [])
  })
})
