import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { createMigrator, type Migrator, readKeyRing, type Sink } from '@fossawork/migrate'
import {
  type DatabaseKind,
  databases,
  tempFolder,
  testDatabase,
} from '../../../../test/support/databases.ts'
import { masterKey, migrationsFolder } from '../../src/config.ts'
import { open, seal } from '../../src/credentials/cipher.ts'
import { type FieldKeys, fieldKeys } from '../../src/credentials/keys.ts'
import { placeOf } from '../../src/credentials/places.ts'
import { openJson } from '../../src/credentials/secret-fields.ts'
import { connect } from '../support/connect.ts'
import { testRing } from '../support/keys.ts'

export const FIRST_KEY = '53e02f4a'
export const SECOND_KEY = '2860f73c'
export const ANA = '5d41402abc4b2a76b9719d911017c592'
export const BEN = '7d793037a0760186574b0282f2f435e7'

/** One of each dialect that can be tested here: what does not depend on a server's version. */
export const oneOfEach: readonly DatabaseKind[] = (['sqlite', 'postgres'] as const).flatMap(
  (dialect) => {
    const kinds = databases.filter((kind) => kind.dialect === dialect)
    return kinds.find(({ skip }) => !skip) ?? kinds[0] ?? []
  },
)

/** Whatever is secret in the scene. */
export const SECRETS = {
  username: 'ana.fuller@example.com',
  password: 'Correct-Horse-Ana-81',
  odd: 'enc:v1:Ben-likes-this-one',
  sealed: 'Sealed-From-The-Start-7',
  userKey: 'uQiRzpo4DXghDmr9QzzfQu27cmVRsG',
  appToken: 'azGDORePK8gMaC0QOYAMyEEuzJnyUi',
  smtp: 'Smtp-P4ssw0rd-of-Ben',
} as const

export interface Scene {
  readonly url: string
  readonly backupDir: string
  readonly keyFile: string
  readonly query: Awaited<ReturnType<typeof connect>>['query']
  migrator(options?: { env?: Record<string, string>; url?: string; on?: Sink }): Promise<Migrator>
  keys(): Promise<FieldKeys>
  /** Every secret of the scene, opened with the keys that there are; one in clear fails. */
  opened(): Promise<Record<string, unknown>>
}

/** A database as the original leaves it, secrets in clear; and one row that is sealed already. */
export async function createScene(t: TestContext, kind: DatabaseKind): Promise<Scene> {
  const url = await testDatabase(t, kind)
  const folder = await tempFolder(t)
  const backupDir = join(folder, 'backups')
  const keyFile = await writeKeyFile(join(folder, 'keys', 'master.key'), FIRST_KEY)
  const { query } = await connect(t, url)
  const scene: Scene = {
    url,
    backupDir,
    keyFile,
    query,
    migrator: ({ env = { [masterKey.file]: keyFile }, url: databaseUrl = url, on } = {}) =>
      createMigrator({
        config: {
          databaseUrl,
          migrations: migrationsFolder,
          masterKey,
          validateAfter: 'off',
          backup: kind.hasBackupTools ? 'required' : 'off',
          backupDir,
        },
        env,
        ...(on && { on }),
      }),
    async keys() {
      const ring = await readKeyRing(masterKey, { [masterKey.file]: keyFile })
      assert.ok(ring)
      return fieldKeys(ring)
    },
    opened: async () => openAll(query, await scene.keys()),
  }
  const migrator = await scene.migrator()
  await migrator.migrate()
  for (const statement of rows(await scene.keys())) await query(statement)
  return scene
}

export const BIN = join(import.meta.dirname, '../../bin/fossawork-db.js')

/** A key file as `keys generate` makes it, of known keys: the primary one first. */
export async function writeKeyFile(
  file: string,
  ...ids: readonly (typeof FIRST_KEY | typeof SECOND_KEY)[]
): Promise<string> {
  const { keys } = await testRing(...ids)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, keys.map(({ text }) => `${text.reveal()}\n`).join(''), { mode: 0o600 })
  return file
}

const place = (column: string, user: string, service: string) => {
  const found = placeOf('user_credentials', column, { user_id: user, service_name: service })
  assert.ok(found)
  return found
}

function rows(keys: FieldKeys): string[] {
  const credential = (user: string, service: string, name: string, password: string): string =>
    `INSERT INTO user_credentials (user_id, service_name, encrypted_username, encrypted_password)
     VALUES ('${user}', '${service}', '${name}', '${password}')`
  const preference = (user: string, category: string, settings: string): string =>
    `INSERT INTO user_preferences (user_id, category, settings) VALUES ('${user}', '${category}', '${settings}')`
  const sealed = (column: string) => seal(SECRETS.sealed, place(column, ANA, 'prover'), keys)
  return [
    `INSERT INTO users (id, email) VALUES ('${ANA}', 'ana@example.com'), ('${BEN}', 'ben@example.com')`,
    credential(ANA, 'work_fossa', SECRETS.username, SECRETS.password),
    credential(BEN, 'work_fossa', 'ben', SECRETS.odd),
    credential(ANA, 'prover', sealed('encrypted_username'), sealed('encrypted_password')),
    preference(
      ANA,
      'pushover',
      `{"enabled": true, "userKey": "${SECRETS.userKey}", "appToken": "${SECRETS.appToken}", "serial": 12345678901234567890}`,
    ),
    preference(BEN, 'email', `{"smtp": {"host": "mail", "password": "${SECRETS.smtp}"}}`),
    preference(BEN, 'views', '{"columns": ["store", "date"], "keyboard": true}'),
  ]
}

async function openAll(query: Scene['query'], keys: FieldKeys): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {}
  for (const row of await query('SELECT * FROM user_credentials ORDER BY id')) {
    const [user, service] = [String(row.user_id), String(row.service_name)]
    found[`${user}/${service}`] = ['encrypted_username', 'encrypted_password'].map((column) =>
      open(String(row[column]), place(column, user, service), keys),
    )
  }
  for (const row of await query('SELECT * FROM user_preferences ORDER BY id')) {
    const at = placeOf('user_preferences', 'settings', row)
    assert.ok(at)
    const json = typeof row.settings === 'string' ? JSON.parse(row.settings) : row.settings
    found[at.row] = openJson(json, at, keys)
  }
  return found
}

export const EXPECTED = {
  [`${ANA}/work_fossa`]: [SECRETS.username, SECRETS.password],
  [`${BEN}/work_fossa`]: ['ben', SECRETS.odd],
  [`${ANA}/prover`]: [SECRETS.sealed, SECRETS.sealed],
  [`${ANA}/pushover`]: {
    enabled: true,
    userKey: SECRETS.userKey,
    appToken: SECRETS.appToken,
    serial: Number('12345678901234567890'),
  },
  [`${BEN}/email`]: { smtp: { host: 'mail', password: SECRETS.smtp } },
  [`${BEN}/views`]: { columns: ['store', 'date'], keyboard: true },
}

/** The secrets whose bytes stand in one of the files, or in a file of one of the folders. */
export function secretsIn(paths: readonly string[]): string[] {
  const files = paths.flatMap((path) => filesIn(path))
  const bytes = files.map((file) => readFileSync(file))
  return Object.values(SECRETS).filter((secret) => bytes.some((held) => held.includes(secret)))
}

function filesIn(path: string): string[] {
  try {
    return readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
  } catch {
    return [path]
  }
}

/** Alters one digit of the sealed password of a row. */
export async function alterPassword({ query }: Scene, user: string): Promise<void> {
  await query(
    `UPDATE user_credentials SET encrypted_password =
       substr(encrypted_password, 1, 20) || 'AAAA' || substr(encrypted_password, 25) WHERE user_id = '${user}'`,
  )
}
