import { MigrateError } from '../../../errors.ts'
import type { Connection } from '../connection.ts'
import { send } from '../session.ts'
import type { Properties } from './properties.ts'

/** Throws PERMISSION_DENIED, with what to run, before anything is done that the user may not finish. */
export async function assertMayRestore(
  connection: Connection,
  live: Properties | null,
): Promise<void> {
  const { rows } = await send<{ user: string; may: boolean }>(
    connection,
    'SELECT rolname AS user, rolsuper OR rolcreatedb AS may FROM pg_roles WHERE rolname = current_user',
  )
  const { user, may } = rows[0] as (typeof rows)[number]
  const quoted = connection.client.escapeIdentifier(user)
  const missing = [
    !may && {
      what: 'create and rename databases',
      how: `ALTER ROLE ${quoted} CREATEDB`,
    },
    live &&
      !live.owned && {
        what: `act as ${live.owner}, who owns ${live.name}`,
        how: `GRANT ${connection.client.escapeIdentifier(live.owner)} TO ${quoted}`,
      },
    live &&
      !live.placeable &&
      live.tablespace !== 'pg_default' && {
        what: `put a database into the tablespace ${live.tablespace}`,
        how: `GRANT CREATE ON TABLESPACE ${connection.client.escapeIdentifier(live.tablespace)} TO ${quoted}`,
      },
  ].filter((lacks) => !!lacks)
  if (missing.length === 0) return
  throw new MigrateError('PERMISSION_DENIED', {
    message: `A restore puts a new database in the place of the old one; the user ${user} may not ${missing
      .map(({ what }) => what)
      .join(', nor ')}.`,
    hint: `Let a superuser run ${missing.map(({ how }) => `${how};`).join(' ')}`,
  })
}
