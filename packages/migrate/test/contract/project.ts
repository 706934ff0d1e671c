import assert from 'node:assert/strict'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type DatabaseKind, tempFolder, testDatabase } from '../../../../test/support/databases.ts'
import type { Migrator } from '../../src/api.ts'
import { type MigrateConfig, resolveConfig } from '../../src/config/define.ts'
import type { Dialect } from '../../src/dialect/port.ts'
import type { Row } from '../../src/dialect/session.ts'
import type { RunEvent } from '../../src/events.ts'
import type { Finding } from '../../src/finding.ts'
import { createMigrator, createMigratorOn, openDialect } from '../../src/migrator.ts'
import type { Snapshot } from '../../src/schema/snapshot.ts'

/** A project with a migrations folder of its own and an empty database. */
export interface Project {
  readonly url: string
  readonly folder: string
  readonly migrations: string
  readonly events: RunEvent[]
  readonly migrator: Migrator
  config(extra?: Partial<MigrateConfig>): MigrateConfig
  /** Another migrator on the same database, perhaps with a dialect that stands at its boundaries. */
  open(
    extra?: Partial<MigrateConfig>,
    wrap?: (dialect: Dialect) => Dialect,
    signal?: AbortSignal,
    env?: Readonly<Record<string, string>>,
  ): Promise<Migrator>
  write(name: string, text: string): Promise<void>
  remove(name: string): Promise<void>
  dialect(): Promise<Dialect>
  query<R = Row>(sql: string, params?: readonly unknown[]): Promise<R[]>
  introspect(): Promise<Snapshot>
}

/** `.sql` migrations that make a table each; `needs` are their dependencies. */
export const table = (name: string, ...needs: string[]): string =>
  `-- migrate:depends-on ${needs.join(', ') || 'none'}
-- migrate:up
CREATE TABLE ${name} (id INTEGER PRIMARY KEY, label VARCHAR(20) NOT NULL);
CREATE INDEX idx_${name}_label ON ${name} (label);
-- migrate:down
DROP TABLE ${name};
`

export async function createProject(
  t: TestContext,
  kind: DatabaseKind,
  files: Record<string, string>,
): Promise<Project> {
  const url = await testDatabase(t, kind)
  const folder = await tempFolder(t)
  const migrations = join(folder, 'migrations')
  await mkdir(migrations)
  const events: RunEvent[] = []
  const config = (extra: Partial<MigrateConfig> = {}): MigrateConfig => ({
    migrations,
    databaseUrl: url,
    backup: kind.hasBackupTools ? 'required' : 'off',
    backupDir: join(folder, 'backups'),
    // most tests are about something else, and run a hundred migrations between them
    validateAfter: 'off',
    ...extra,
  })
  const on = (event: RunEvent): void => void events.push(event)
  const project: Project = {
    url,
    folder,
    migrations,
    events,
    migrator: await createMigrator({ config: config(), on }),
    config,
    async open(extra = {}, wrap = (dialect) => dialect, signal, env = {}) {
      const settings = resolveConfig(config(extra), folder, {})
      const dialect = wrap(await openDialect(settings))
      return createMigratorOn(dialect, settings, { on, env, ...(signal && { signal }) })
    },
    write: (name, text) => writeFile(join(migrations, name), text),
    remove: (name) => rm(join(migrations, name)),
    dialect: () => openDialect(resolveConfig(config(), folder, {})),
    async query<R>(sql: string, params: readonly unknown[] = []) {
      const session = await (await project.dialect()).openWriter({
        runId: 'test',
        onNotice: () => {},
      })
      try {
        return (await session.query<R>(sql, params)).rows
      } finally {
        await session.close()
      }
    },
    async introspect() {
      const dialect = await project.dialect()
      const session = await dialect.openReader()
      try {
        return await dialect.introspect(session)
      } finally {
        await session.close()
      }
    },
  }
  for (const [name, text] of Object.entries(files)) await project.write(name, text)
  return project
}

/** The state of each version, by the journal. */
export async function statuses(project: Project): Promise<Record<string, string>> {
  const { versions } = await project.migrator.status()
  return Object.fromEntries(versions.map(({ version, status }) => [version, status]))
}

/** The journal holds together: its log's chain, and the log against the table. */
export async function assertTracked(project: Project): Promise<void> {
  const { findings } = await project.migrator.validate({ categories: ['tracking'] })
  assert.deepEqual(findings, [])
}

/** What a validation found that is more than a note. */
export const faults = ({ findings }: { readonly findings: readonly Finding[] }): Finding[] =>
  findings.filter(({ severity }) => severity !== 'info')

/** Changes the log as somebody would who may do anything, and covers it up: the guard is off meanwhile. */
export async function tamper(project: Project, statement: string): Promise<void> {
  const dialect = await project.dialect()
  const writer = await dialect.openWriter({ runId: 'test', onNotice: () => {} })
  try {
    const guard = await dialect.logGuard()
    const prefix = await dialect.journalPrefix(writer)
    const on = dialect.name === 'sqlite' ? '' : ' ON schema_migration_log'
    for (const trigger of await guardsOf(dialect)) {
      await writer.query(`DROP TRIGGER ${trigger}${on}`)
    }
    await writer.query(statement)
    for (const guarding of guard.create(prefix)) await writer.query(guarding)
  } finally {
    await writer.close()
  }
}

/** The names of the triggers that guard the log. */
export async function guardsOf(dialect: Dialect): Promise<string[]> {
  const none = { query: async () => ({ rows: [], affected: 0 }) }
  return (await dialect.logGuard()).missing(none, '')
}
