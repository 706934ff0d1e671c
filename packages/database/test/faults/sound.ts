import { randomBytes } from 'node:crypto'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { createMigrator } from '@fossawork/migrate'
import pg from 'pg'
import {
  type DatabaseKind,
  execute,
  tempFolder,
  testDatabase,
} from '../../../../test/support/databases.ts'
import { masterKey, project } from '../../src/config.ts'
import { importV1 } from '../../src/v1/import/import.ts'
import { FIRST_KEY, writeKeyFile } from '../credentials/scene.ts'
import { CHEAP, DEMO } from '../v1/import/scene.ts'
import type { Opening, Victim } from './fault.ts'
import { SOUND_ROWS } from './rows.ts'
import { openFile } from './surgery.ts'

type After = Pick<TestContext, 'after'>

/** A database without a fault: copies of it go when their test ends. */
export interface Sound {
  copy(t: After): Promise<Victim>
}

/** Makes it once: V1 imported, more rows than that, and on PostgreSQL roles of its own with the rights they need. */
export async function makeSound(t: After, kind: DatabaseKind): Promise<Sound> {
  const roles = await makeRoles(t, kind)
  const url = await testDatabase(t, kind)
  const original = await victimOf(await tempFolder(t), url, roles)
  const migrator = await original.open()
  await migrator.migrate({ backup: false })
  await importV1(migrator, { v1Data: DEMO, cost: CHEAP, archive: false, backup: false })
  await original.run(...SOUND_ROWS)
  if (kind.dialect === 'postgres') await migrator.grants({ apply: true })
  return {
    async copy(t) {
      const folder = await tempFolder(t)
      return victimOf(folder, await copyOf(t, { url, folder }), roles)
    },
  }
}

async function copyOf(
  t: After,
  { url, folder }: { readonly url: string; readonly folder: string },
): Promise<string> {
  if (url.startsWith('sqlite:')) {
    const file = join(folder, 'test.db')
    copyFileSync(url.replace('sqlite:///', ''), file)
    return `sqlite:///${file}`
  }
  const name = `test_${randomBytes(8).toString('hex')}`
  const server = Object.assign(new URL(url), { pathname: '/postgres' }).href
  await execute(server, `CREATE DATABASE ${name} TEMPLATE ${new URL(url).pathname.slice(1)}`)
  t.after(() => execute(server, `DROP DATABASE ${name} WITH (FORCE)`))
  return Object.assign(new URL(url), { pathname: `/${name}` }).href
}

/** Roles belong to the server: these have names of their own, and go when no database needs them any more. */
async function makeRoles(t: After, kind: DatabaseKind): Promise<Victim['roles']> {
  const names = [0, 1].map(() => `role_${randomBytes(8).toString('hex')}`) as [string, string]
  const [app, admin] = names
  if (kind.dialect === 'postgres') {
    const { url, drop } = await kind.create()
    await drop()
    const server = Object.assign(new URL(url), { pathname: '/postgres' }).href
    for (const name of names) await execute(server, `CREATE ROLE ${name} LOGIN`)
    t.after(async () => {
      for (const name of names) await execute(server, `DROP ROLE ${name}`)
    })
  }
  return { app, admin }
}

async function victimOf(folder: string, url: string, roles: Victim['roles']): Promise<Victim> {
  const keyFile = await writeKeyFile(join(folder, 'master.key'), FIRST_KEY)
  const backupDir = join(folder, 'backups')
  const hand = url.startsWith('sqlite:') ? sqliteHand(url) : postgresHand(url)
  return {
    ...hand,
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

type Hand = Pick<Victim, 'run' | 'query'>

const sqliteHand = (url: string): Hand => ({
  async run(...statements) {
    const database = openFile(url)
    try {
      for (const statement of statements) database.exec(statement)
    } finally {
      database.close()
    }
  },
  async query(sql) {
    const database = openFile(url)
    try {
      return database.prepare(sql).all()
    } finally {
      database.close()
    }
  },
})

function postgresHand(url: string): Hand {
  const connected = async <T>(body: (client: pg.Client) => Promise<T>): Promise<T> => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    try {
      return await body(client)
    } finally {
      await client.end()
    }
  }
  return {
    run: (...statements) =>
      connected(async (client) => {
        await client.query('SET session_replication_role = replica')
        for (const statement of statements) await client.query(statement)
      }),
    query: (sql) => connected(async (client) => (await client.query(sql)).rows),
  }
}
