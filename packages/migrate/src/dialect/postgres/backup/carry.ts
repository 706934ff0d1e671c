import { MigrateError } from '../../../errors.ts'
import type { Connection } from '../connection.ts'
import { send } from '../session.ts'
import type { Properties, Setting } from './properties.ts'

/** Statements that give a database the grants of another one. */
export function grantStatements({ client }: Connection, to: string, from: Properties): string[] {
  const { grants } = from
  if (grants === null) return []
  const database = `DATABASE ${client.escapeIdentifier(to)}`
  return [
    `REVOKE ALL ON ${database} FROM PUBLIC, ${client.escapeIdentifier(from.owner)}`,
    ...grants.map(({ grantee, privilege, grantable }) => {
      const whom = grantee === null ? 'PUBLIC' : client.escapeIdentifier(grantee)
      return `GRANT ${privilege} ON ${database} TO ${whom}${grantable ? ' WITH GRANT OPTION' : ''}`
    }),
  ]
}

/** Those that would keep the journal's note out of what was restored; the others may be what its functions need. */
const FREEZING = new Set(['default_transaction_read_only', 'transaction_read_only'])

/** Whether a setting comes to a restored database only with the live one's name. */
export const isFreezing = ({ setting }: Setting): boolean => FREEZING.has(nameOf(setting))

/**
 * Makes settings for a database; within a transaction too. Says which the server refused: those of superusers and of
 * other roles, of extensions that are gone. They are no reason to go without a restore.
 */
export async function carrySettings(
  connection: Connection,
  to: string,
  settings: readonly Setting[],
): Promise<Setting[]> {
  const refused: Setting[] = []
  const inTransaction = connection.client.getTransactionStatus() === 'T'
  for (const setting of settings) {
    if (inTransaction) await send(connection, 'SAVEPOINT carry')
    try {
      await send(connection, settingStatement(connection, to, setting))
    } catch (error) {
      if (!(error instanceof MigrateError) || !REFUSALS.has(error.code)) throw error
      if (inTransaction) await send(connection, 'ROLLBACK TO SAVEPOINT carry')
      refused.push(setting)
    }
  }
  return refused
}

const REFUSALS = new Set(['PERMISSION_DENIED', 'STATEMENT_FAILED'])

/** With another value than its own where `value` is given. */
export function settingStatement(
  { client }: Connection,
  to: string,
  { role, setting }: Setting,
  value?: string,
): string {
  const database = `DATABASE ${client.escapeIdentifier(to)}`
  const name = nameOf(setting)
  const values = valuesOf(name, value ?? setting.slice(name.length + 1))
  const whom =
    role === null
      ? `ALTER ${database}`
      : `ALTER ROLE ${client.escapeIdentifier(role)} IN ${database}`
  const quoted = name.split('.').map((part) => client.escapeIdentifier(part))
  return `${whom} SET ${quoted.join('.')} TO ${values.map((one) => client.escapeLiteral(one)).join(', ')}`
}

export const nameOf = (setting: string): string => setting.slice(0, setting.indexOf('='))

// https://github.com/postgres/postgres/blob/master/src/bin/pg_dump/dumputils.c, variable_is_guc_list_quote
const LISTS = new Set([
  ...['local_preload_libraries', 'search_path', 'session_preload_libraries'],
  ...['shared_preload_libraries', 'temp_tablespaces', 'unix_socket_directories'],
])

/** Lists of names stand there as one text in which each has its quotes. */
function valuesOf(name: string, value: string): string[] {
  if (!LISTS.has(name.toLowerCase())) return [value]
  const names = [...value.matchAll(/"((?:[^"]|"")*)"|[^\s,]+/g)]
  return names.map(([whole, quoted]) => quoted?.replaceAll('""', '"') ?? whole)
}
