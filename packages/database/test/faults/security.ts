import { chmod, readFile, truncate, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { masterKey } from '../../src/config.ts'
import { SECOND_KEY, writeKeyFile } from '../credentials/scene.ts'
import { dateBack } from './date-back.ts'
import type { Fault, Inject, Victim } from './fault.ts'
import { BEN } from './rows.ts'

const security = (
  name: string,
  code: Fault['code'],
  place: string,
  inject: Fault['inject'],
  more: Partial<Fault> = {},
): Fault => ({ name, category: 'security', code, place, inject, ...more })

/** What both databases have in common is looked at where it takes less long. */
const ON_SQLITE = { on: 'sqlite' } as const

/** No finding may say any of them. */
export const CLEAR = ['Hunter-2-In-Clear', 'uQiRzpo4DXghDmr9QzzfQu27cmVRsG']

const SEEDED: readonly Fault[] = [
  security(
    'rate-limit rules are gone',
    'ROW_MISSING',
    'rate_limit_rules',
    ["DELETE FROM rate_limit_rules WHERE name IN ('scraping', 'login_attempt')"],
    { rows: 2, mends: true },
  ),
  security(
    'a rate-limit rule is switched off',
    'ROW_INACTIVE',
    'rate_limit_rules',
    ["UPDATE rate_limit_rules SET is_active = false WHERE name = 'password_reset'"],
    { rows: 1, mends: true },
  ),
  security(
    'a retention policy is gone',
    'ROW_MISSING',
    'data_retention_policies',
    ["DELETE FROM data_retention_policies WHERE policy_name = 'failed_logins'"],
    { rows: 1, mends: true },
  ),
  security(
    'all retention policies are switched off',
    'ROW_INACTIVE',
    'data_retention_policies',
    ['UPDATE data_retention_policies SET is_active = NULL'],
    { rows: 8, mends: true, ...ON_SQLITE },
  ),
]

const SECRETS: readonly Fault[] = [
  security(
    'a password stands in clear',
    'SECRET_IN_CLEAR',
    'user_credentials.encrypted_password',
    [
      `INSERT INTO user_credentials (id, user_id, service_name, encrypted_username, encrypted_password)
        SELECT 9001, user_id, 'prover', '${CLEAR[0]}', '${CLEAR[0]}' FROM user_credentials ORDER BY id LIMIT 1`,
    ],
    { rows: 1 },
  ),
  security(
    'a token stands in clear in the preferences',
    'SECRET_IN_CLEAR',
    'user_preferences.settings',
    [
      `UPDATE user_preferences SET settings = '{"enabled": true, "userKey": "${CLEAR[1]}"}', category = 'pushover' WHERE id = 9002`,
    ],
    { rows: 1 },
  ),
  security(
    'a login is a password and no hash',
    'SECRET_IN_CLEAR',
    'users.password_hash',
    [`UPDATE users SET password_hash = '${CLEAR[0]}' WHERE id = '${BEN}'`],
    { rows: 1 },
  ),
  security(
    'a login may be a password or a hash',
    'PASSWORD_UNCLEAR',
    'users.password_hash',
    [`UPDATE users SET password_hash = '${CLEAR[1]}' WHERE id = '${BEN}'`],
    { rows: 1 },
  ),
  security(
    'a sealed value stands in the place of another',
    'CREDENTIAL_UNREADABLE',
    'user_credentials.encrypted_password',
    [
      `UPDATE user_credentials SET encrypted_password =
        (SELECT encrypted_password FROM user_credentials ORDER BY id DESC LIMIT 1)
        WHERE id = (SELECT min(id) FROM user_credentials)`,
    ],
    { rows: 1 },
  ),
  security(
    'there is no master key',
    'KEY_UNUSABLE',
    'user_credentials.encrypted_username',
    async () => ({ env: {} }),
  ),
  security(
    'the master key is another',
    'KEY_UNUSABLE',
    'user_credentials.encrypted_username',
    async ({ folder }) => ({
      env: { [masterKey.file]: await writeKeyFile(join(folder, 'other.key'), SECOND_KEY) },
    }),
  ),
  security('others may read the master key', 'KEY_UNUSABLE', 'master key', ({ keyFile }) =>
    open(keyFile, 0o604),
  ),
  security(
    'the master key is gone',
    'KEY_UNUSABLE',
    'master key',
    async ({ keyFile }) => {
      await unlink(keyFile)
      return undefined
    },
    ON_SQLITE,
  ),
  security(
    'the master key is none',
    'KEY_UNUSABLE',
    'master key',
    async ({ keyFile }) => {
      await writeFile(keyFile, `${CLEAR[0]}\n`)
      return undefined
    },
    ON_SQLITE,
  ),
]

async function open(file: string, mode: number): Promise<undefined> {
  await chmod(file, mode)
}

/** A backup that is there, and something done to it. */
const ofBackup =
  (harm: (file: string, victim: Victim) => Promise<unknown>, encrypted = true): Inject =>
  async (victim) => {
    const migrator = await victim.open({ config: { backupEncryption: encrypted } })
    const { file } = await migrator.backup()
    await harm(file, victim)
    return undefined
  }

const FILES: readonly Fault[] = [
  security(
    'others may write the database',
    'TOO_OPEN',
    'test.db',
    ({ folder }) => open(join(folder, 'test.db'), 0o606),
    { on: 'sqlite' },
  ),
  security(
    'others may read the database',
    'TOO_OPEN',
    'test.db',
    ({ folder }) => open(join(folder, 'test.db'), 0o604),
    { on: 'sqlite' },
  ),
  security(
    "others may write to the database's folder",
    'TOO_OPEN',
    '',
    ({ folder }) => open(folder, 0o703),
    { on: 'sqlite' },
  ),
  security(
    "others may write to the backups' folder",
    'TOO_OPEN',
    'backups',
    ofBackup((_, { backupDir }) => open(join(backupDir, 'daily'), 0o707)),
    ON_SQLITE,
  ),
  security(
    'others may read a backup that is not encrypted',
    'TOO_OPEN',
    'backups/daily',
    ofBackup((file) => open(file, 0o604), false),
  ),
  security(
    'a backup is gone',
    'BACKUP_MISSING',
    'backups/daily',
    ofBackup((file) => unlink(file)),
  ),
  security(
    'a backup is cut',
    'BACKUP_CUT',
    'backups/daily',
    ofBackup((file) => truncate(file, 1000)),
    ON_SQLITE,
  ),
  security(
    'the manifest of a backup was edited',
    'MANIFEST_ALTERED',
    'backups/daily',
    ofBackup(async (file) => {
      const manifest = `${file}.json`
      await writeFile(manifest, `${await readFile(manifest, 'utf8')} `)
    }),
    ON_SQLITE,
  ),
  security(
    'the newest backup is old',
    'BACKUP_OLD',
    'backups/daily',
    ofBackup((file, { backupDir }) => dateBack(backupDir, file, '2026-01-01T00:00:00.000Z')),
  ),
  security('there never was a backup', 'BACKUP_OLD', 'backups', [
    "UPDATE schema_migrations SET applied_at = '2026-01-01T00:00:00.000Z'",
  ]),
]

const rights = (
  name: string,
  code: Fault['code'],
  place: string,
  statement: (roles: Victim['roles']) => string,
): Fault =>
  security(
    name,
    code,
    place,
    async (victim) => {
      await victim.run(statement(victim.roles))
      return undefined
    },
    { on: 'postgres' },
  )

const ROLES: readonly Fault[] = [
  rights(
    'the application may read the log',
    'ROLE_TOO_STRONG',
    'table schema_migration_log',
    ({ app }) => `GRANT SELECT ON schema_migration_log TO ${app}`,
  ),
  rights(
    'the application may change the journal',
    'ROLE_TOO_STRONG',
    'table schema_migrations',
    () => 'GRANT UPDATE (status) ON schema_migrations TO PUBLIC',
  ),
  rights(
    'the application may make tables',
    'ROLE_TOO_STRONG',
    'schema public',
    ({ app }) => `GRANT CREATE ON SCHEMA public TO ${app}`,
  ),
  rights(
    'the application may empty a table past its triggers',
    'ROLE_TOO_STRONG',
    'table audit_trail',
    ({ app }) => `GRANT TRUNCATE ON audit_trail TO ${app}`,
  ),
  rights(
    'the application owns a table',
    'ROLE_TOO_STRONG',
    'table users',
    ({ app }) => `ALTER TABLE users OWNER TO ${app}`,
  ),
  rights(
    'the application may not write a table',
    'RIGHTS_MISSING',
    'table work_orders',
    ({ app }) => `REVOKE UPDATE, DELETE ON work_orders FROM ${app}`,
  ),
  rights(
    'the application will not read tables to come',
    'RIGHTS_MISSING',
    'tables to come',
    ({ app, admin }) =>
      `ALTER DEFAULT PRIVILEGES FOR ROLE ${admin} IN SCHEMA public REVOKE SELECT ON TABLES FROM ${app}`,
  ),
  rights(
    'the role that migrates does not own a table',
    'RIGHTS_MISSING',
    'table dispensers',
    () => 'ALTER TABLE dispensers OWNER TO postgres',
  ),
]

/** Who may get at the database, its backups, its key and its secrets. */
export const SECURITY_FAULTS: readonly Fault[] = [...SEEDED, ...SECRETS, ...FILES, ...ROLES]
