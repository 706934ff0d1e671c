import { randomBytes } from 'node:crypto'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { createMigrator } from '@fossawork/migrate'
import pg from 'pg'
import {
  type DatabaseKind,
  execute,
  type TestDatabase,
  tempFolder,
  testDatabase,
} from '../../../../test/support/databases.ts'
import { masterKey, project } from '../../src/config.ts'
import { importV1 } from '../../src/v1/import/import.ts'
import { FIRST_KEY, writeKeyFile } from '../credentials/scene.ts'
import { CHEAP, DEMO } from '../v1/import/scene.ts'
import type { Opening, Victim } from './fault.ts'
import { SOUND_ROWS } from './rows.ts'
import { within } from './surgery.ts'

type After = Pick<TestContext, 'after'>

/** A database without a fault: copies of it go when their test ends. */
export interface Sound {
  copy(t: After): Promise<Victim>
}

/** Makes it once: V1 imported, more rows than that, and on PostgreSQL roles of its own with the rights they need. */
export async function makeSound(t: After, kind: DatabaseKind): Promise<Sound> {
  const url = await testDatabase(t, kind)
  const roles = await makeRoles(t, url)
  const original = await victimOf(await tempFolder(t), url, roles)
  const migrator = await original.open()
  await migrator.migrate({ backup: false })
  await importV1(migrator, { v1Data: DEMO, cost: CHEAP, archive: false, backup: false })
  await original.run(...SOUND_ROWS)
  if (kind.dialect === 'postgres') await migrator.grants({ apply: true })
  // nobody may be connected to what is copied
  await original.close()
  return {
    async copy(t) {
      const folder = await tempFolder(t)
      const copy = await copyOf({ url, folder })
      const victim = await victimOf(folder, copy.url, roles)
      t.after(async () => {
        await victim.close()
        await copy.drop()
      })
      return victim
    },
  }
}

async function copyOf({
  url,
  folder,
}: {
  readonly url: string
  readonly folder: string
}): Promise<TestDatabase> {
  if (url.startsWith('sqlite:')) {
    const file = join(folder, 'test.db')
    copyFileSync(url.replace('sqlite:///', ''), file)
    return { url: `sqlite:///${file}`, drop: async () => {} }
  }
  const name = `test_${randomBytes(8).toString('hex')}`
  const server = at(url, 'postgres')
  const original = new URL(url).pathname.slice(1)
  // for a database as small as this, half as long as through the write-ahead log
  await execute(server, `CREATE DATABASE ${name} TEMPLATE ${original} STRATEGY file_copy`)
  return {
    url: at(url, name),
    drop: () => execute(server, `DROP DATABASE ${name} WITH (FORCE)`),
  }
}

/** Roles belong to the server: these have names of their own, and go when no database needs them any more. */
async function makeRoles(t: After, url: string): Promise<Victim['roles']> {
  const [app, admin] = ['app', 'admin'].map((part) => `${part}_${randomBytes(8).toString('hex')}`)
  if (url.startsWith('postgres')) {
    const server = at(url, 'postgres')
    await execute(server, `CREATE ROLE ${app} LOGIN; CREATE ROLE ${admin} LOGIN`)
    t.after(() => execute(server, `DROP ROLE ${app}, ${admin}`))
  }
  return { app: String(app), admin: String(admin) }
}

const at = (url: string, name: string): string =>
  Object.assign(new URL(url), { pathname: `/${name}` }).href

async function victimOf(folder: string, url: string, roles: Victim['roles']): Promise<Victim> {
  const keyFile = await writeKeyFile(join(folder, 'master.key'), FIRST_KEY)
  const backupDir = join(folder, 'backups')
  return {
    ...handOf(url),
    dialect: url.startsWith('sqlite:') ? 'sqlite' : 'postgres',
    url,
    folder,
    backupDir,
    keyFile,
    roles,
    open: ({ config, env = { [masterKey.file]: keyFile } }: Opening = {}) =>
      createMigrator({
        config: { ...project, databaseUrl: url, backupDir, roles, ...config },
        env,
      }),
  }
}

type Hand = Pick<Victim, 'run' | 'read' | 'close'>

/** One that no foreign key and no trigger stops. */
export const handOf = (url: string): Hand =>
  url.startsWith('sqlite:') ? sqliteHand(url) : postgresHand(url)

/** A connection each time: what one wrote into the catalogue is only read by the next. */
const sqliteHand = (url: string): Hand => ({
  run: async (...statements) =>
    within({ url }, (database) => {
      for (const statement of statements) database.exec(statement)
    }),
  read: async (...queries) =>
    within({ url }, (database) => queries.map((query) => database.prepare(query).all())),
  async close() {},
})

function postgresHand(url: string): Hand {
  let connected: Promise<pg.Client> | undefined
  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    await client.query('SET session_replication_role = replica')
    return client
  }
  const client = (): Promise<pg.Client> => {
    connected ??= connect()
    return connected
  }
  return {
    async run(...statements) {
      for (const statement of statements) await (await client()).query(statement)
    },
    async read(...queries) {
      const found: Record<string, unknown>[][] = []
      for (const query of queries) found.push((await (await client()).query(query)).rows)
      return found
    },
    close: async () => (await connected)?.end(),
  }
}
