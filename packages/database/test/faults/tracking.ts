import { appendFile, cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { migrationsFolder } from '../../src/config.ts'
import { latest } from '../support/versions.ts'
import { each, type Fault, type Inject, run, type Victim } from './fault.ts'
import { pastGuards } from './surgery.ts'

const LOG = 'schema_migration_log'

const tracking = (
  name: string,
  code: Fault['code'],
  place: string,
  inject: Fault['inject'],
  more: Partial<Fault> = {},
): Fault => ({ name, category: 'tracking', code, place, inject, ...more })

const inLog =
  (...statements: readonly string[]): Inject =>
  async (victim) => {
    await pastGuards(victim, ...statements)
    return undefined
  }

const broken = (name: string, place: string, inject: Inject): Fault =>
  tracking(name, 'JOURNAL_CHAIN_BROKEN', place, inject)

const LAST = `(SELECT max(seq) FROM ${LOG})`

const CHAIN: readonly Fault[] = [
  broken(
    'an entry of the log was edited',
    `${LOG} 3`,
    inLog(`UPDATE ${LOG} SET reason = 'nothing' WHERE seq = 3`),
  ),
  broken(
    'an entry in the middle of the log is gone',
    `${LOG} 4`,
    inLog(`DELETE FROM ${LOG} WHERE seq = 3`),
  ),
  broken(
    'two entries of the log have changed places',
    `${LOG} 2`,
    inLog(
      `UPDATE ${LOG} SET seq = -2 WHERE seq = 2`,
      `UPDATE ${LOG} SET seq = 2 WHERE seq = 3`,
      `UPDATE ${LOG} SET seq = 3 WHERE seq = -2`,
    ),
  ),
  broken(
    'the last entry of the log is gone, and the audit trail knows it',
    'audit_trail',
    inLog(`DELETE FROM ${LOG} WHERE seq = ${LAST}`),
  ),
  broken(
    'the last entry of the log is gone from the audit trail as well, and a backup knows it',
    LOG,
    async (victim) => {
      await (await victim.open()).backup()
      const [[last] = []] = await victim.read(`SELECT max(seq) AS seq FROM ${LOG}`)
      await pastGuards(
        victim,
        `DELETE FROM ${LOG} WHERE seq = ${last?.seq}`,
        `DELETE FROM audit_trail WHERE audit_id = 'migration-log-${last?.seq}'`,
      )
      return undefined
    },
  ),
  broken('an entry of the audit trail was edited', 'audit_trail', async (victim) => {
    await victim.run(
      "UPDATE audit_trail SET changes_json = '{}' WHERE audit_id = 'migration-log-2'",
    )
    return undefined
  }),
]

const unguarded = (name: string, inject: readonly string[] | Inject, on?: Fault['on']): Fault =>
  tracking(name, 'LOG_UNGUARDED', LOG, inject, on && { on })

const GUARDS: readonly Fault[] = [
  unguarded(
    'a guard of the log is gone',
    each({
      sqlite: run(`DROP TRIGGER ${LOG}_no_delete`),
      postgres: run(`DROP TRIGGER ${LOG}_no_delete ON ${LOG}`),
    }),
  ),
  unguarded(
    'a guard of the log is switched off',
    [`ALTER TABLE ${LOG} DISABLE TRIGGER ${LOG}_no_update`],
    'postgres',
  ),
  unguarded(
    'a guard of the log lets everything pass',
    each({
      sqlite: run(
        `DROP TRIGGER ${LOG}_no_update`,
        `CREATE TRIGGER ${LOG}_no_update BEFORE UPDATE ON ${LOG} BEGIN SELECT 1; END`,
      ),
      postgres: run(
        `CREATE OR REPLACE FUNCTION ${LOG}_guard() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN new; END $$`,
      ),
    }),
  ),
]

/** Validates with another folder of migrations. */
const inFolder =
  (change: (folder: string) => Promise<void>): Inject =>
  async ({ folder }: Victim) => {
    const migrations = join(folder, 'migrations')
    await cp(migrationsFolder, migrations, { recursive: true })
    await change(migrations)
    return { config: { migrations } }
  }

const FILES: readonly Fault[] = [
  tracking(
    'a file was changed after it was applied',
    'CHECKSUM_MISMATCH',
    latest,
    inFolder((folder) => appendFile(join(folder, `${latest}.ts`), '// later\n')),
  ),
  tracking(
    'a version has no file',
    'DATABASE_NEWER',
    latest,
    inFolder((folder) => rm(join(folder, `${latest}.ts`))),
  ),
  tracking(
    'an earlier version has no file',
    'MIGRATION_MISSING',
    'v004_add_rate_limiting',
    inFolder((folder) => rm(join(folder, 'v004_add_rate_limiting.ts'))),
  ),
]

const status = (name: string, code: Fault['code'], status: string): Fault =>
  tracking(name, code, latest, [
    `UPDATE schema_migrations SET status = '${status}' WHERE version = '${latest}'`,
  ])

/** The journal, its log and its archive after somebody's hand was in them. */
export const TRACKING_FAULTS: readonly Fault[] = [
  ...CHAIN,
  ...GUARDS,
  ...FILES,
  status('a version was taken back by hand', 'CHANGED_BY_HAND', 'rolled_back'),
  status('a version is in a state that there is not', 'STATUS_UNKNOWN', 'halfway'),
  status('a version was left running', 'JOURNAL_DIRTY', 'running'),
  tracking('the row of a version is gone', 'CHANGED_BY_HAND', latest, [
    `DELETE FROM schema_migrations WHERE version = '${latest}'`,
  ]),
  tracking('a version has another checksum in the journal', 'CHECKSUM_MISMATCH', latest, [
    `UPDATE schema_migrations SET checksum = 'ff' WHERE version = '${latest}'`,
  ]),
  ...(['snapshot', 'source'] as const).map((kind) =>
    tracking(
      `a ${kind} that was kept is damaged`,
      'SNAPSHOT_DAMAGED',
      `schema_migration_archive ${kind}`,
      each({
        sqlite: run(`UPDATE schema_migration_archive SET content = x'28b5' WHERE kind = '${kind}'`),
        postgres: run(
          `UPDATE schema_migration_archive SET content = '\\x28b5' WHERE kind = '${kind}'`,
        ),
      }),
    ),
  ),
]
