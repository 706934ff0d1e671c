import { randomBytes } from 'node:crypto'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, type TestContext } from 'node:test'
import {
  createMigrator,
  type MigrateConfig,
  type Migrator,
  type RunEvent,
} from '@fossawork/migrate'
import {
  type DatabaseKind,
  databases,
  execute,
  type TestDatabase,
  tempFolder,
} from '../../../../../test/support/databases.ts'
import { masterKey, project } from '../../../src/config.ts'
import { type FieldKeys, fieldKeys } from '../../../src/credentials/keys.ts'
import { type ImportOptions, type ImportResult, importV1 } from '../../../src/v1/import/import.ts'
import { retryQuarantine } from '../../../src/v1/import/retry-quarantine.ts'
import { FIRST_KEY, writeKeyFile } from '../../credentials/scene.ts'
import { connect } from '../../support/connect.ts'
import { testRing } from '../../support/keys.ts'

/** The sample directory of the project. */
export const DEMO = join(import.meta.dirname, '../../../demo/v1-data')

/** Far too weak for a password, and quick. */
export const CHEAP = { memory: 8, passes: 1, parallelism: 1 } as const

/** A migrated database of its own, and a folder beside it for all that an import makes. */
export interface Scene {
  readonly dialect: DatabaseKind['dialect']
  readonly hasBackupTools: boolean
  readonly url: string
  readonly folder: string
  readonly backupDir: string
  readonly keyFile: string
  readonly keys: FieldKeys
  /** What all runs have told so far. */
  readonly events: readonly RunEvent[]
  readonly query: Awaited<ReturnType<typeof connect>>['query']
  readonly tables: Awaited<ReturnType<typeof connect>>['tables']
  migrator(options?: SceneMigratorOptions): Promise<Migrator>
  /** Without a backup and an archive, at a low cost. */
  import(v1Data: string, options?: Partial<ImportOptions>): Promise<ImportResult>
  retry(options?: Parameters<typeof retryQuarantine>[1]): Promise<ImportResult>
}

export interface SceneMigratorOptions {
  readonly config?: Partial<MigrateConfig>
  readonly env?: Readonly<Record<string, string>>
  readonly on?: (event: RunEvent) => void
}

const templates = new Map<string, Promise<TestDatabase>>()
after(async () => {
  for (const template of templates.values()) await (await template).drop()
})

async function makeTemplate(kind: DatabaseKind): Promise<TestDatabase> {
  const template = await kind.create()
  const config = {
    ...project,
    databaseUrl: template.url,
    backup: 'off',
    validateAfter: 'off',
  } as const
  await (await createMigrator({ config, env: {} })).migrate()
  return template
}

/** A copy of one migrated database of the kind, which is faster than to migrate again. */
async function migrated(t: TestContext, kind: DatabaseKind, folder: string): Promise<string> {
  const template = templates.get(kind.name) ?? makeTemplate(kind)
  templates.set(kind.name, template)
  const { url } = await template
  if (kind.dialect === 'sqlite') {
    const file = join(folder, 'test.db')
    copyFileSync(url.replace('sqlite:///', ''), file)
    return `sqlite:///${file}`
  }
  const at = (name: string): string => Object.assign(new URL(url), { pathname: `/${name}` }).href
  const name = `test_${randomBytes(8).toString('hex')}`
  await execute(
    at('postgres'),
    `CREATE DATABASE ${name} TEMPLATE ${new URL(url).pathname.slice(1)}`,
  )
  t.after(() => execute(at('postgres'), `DROP DATABASE ${name} WITH (FORCE)`))
  return at(name)
}

export async function importScene(t: TestContext, kind: DatabaseKind): Promise<Scene> {
  const folder = await tempFolder(t)
  const url = await migrated(t, kind, folder)
  const backupDir = join(folder, 'backups')
  const keyFile = await writeKeyFile(join(folder, 'keys', 'master.key'), FIRST_KEY)
  const { query, tables } = await connect(t, url)
  const events: RunEvent[] = []
  const migrator: Scene['migrator'] = ({
    config,
    env = { [masterKey.file]: keyFile },
    on = () => {},
  } = {}) =>
    createMigrator({
      config: {
        ...project,
        databaseUrl: url,
        backup: 'off',
        backupDir,
        // hundreds of imports: one test looks at what is validated
        validateAfter: 'off',
        ...config,
      },
      env,
      on(event) {
        events.push(event)
        on(event)
      },
    })
  return {
    dialect: kind.dialect,
    hasBackupTools: kind.hasBackupTools,
    url,
    folder,
    backupDir,
    keyFile,
    keys: fieldKeys(await testRing(FIRST_KEY)),
    events,
    query,
    tables,
    migrator,
    import: async (v1Data, options) =>
      importV1(await migrator(), { v1Data, cost: CHEAP, archive: false, ...options }),
    retry: async (options) => retryQuarantine(await migrator(), { cost: CHEAP, ...options }),
  }
}

/** Those that can be tested here; what is compared with each other needs all of them at once. */
export const available: readonly DatabaseKind[] = databases.filter(({ skip }) => !skip)
