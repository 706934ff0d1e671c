import type { ConnectionFacts, RolesPort } from '../roles-port.ts'
import type { Session } from '../session.ts'
import { closeTables } from './close-tables.ts'
import { planRights } from './grants.ts'
import { readRights } from './rights.ts'

/** What PostgreSQL says of its roles. */
export const roles: RolesPort = {
  connection,
  async missing(session, names) {
    const { rows } = await session.query<{ name: string }>(
      `SELECT name FROM unnest($1::text[]) WITH ORDINALITY AS given (name, place)
       WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) ORDER BY place`,
      [names],
    )
    return rows.map(({ name }) => name)
  },
  review: async (session, names, left) => planRights(await readRights(session, names), left),
  closeTables,
}

async function connection(session: Pick<Session, 'query'>): Promise<ConnectionFacts> {
  const { rows } = await session.query<ConnectionFacts>(CONNECTION)
  return rows[0] as ConnectionFacts
}

// a socket has no address; a server that is reached under its own address is on this machine
const CONNECTION = `
SELECT current_user::text AS user,
  COALESCE(inet_client_addr() <<= '127.0.0.0/8' OR inet_client_addr() <<= '::1/128'
    OR host(inet_client_addr()) = host(inet_server_addr()), true) AS "isLocal",
  COALESCE((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false)
    OR COALESCE((SELECT encrypted FROM pg_stat_gssapi WHERE pid = pg_backend_pid()), false) AS "isEncrypted",
  array_remove(ARRAY[CASE WHEN rolsuper THEN 'SUPERUSER' END, CASE WHEN rolcreaterole THEN 'CREATEROLE' END,
    CASE WHEN rolbypassrls THEN 'BYPASSRLS' END, CASE WHEN rolreplication THEN 'REPLICATION' END], NULL) AS powers
FROM pg_roles WHERE rolname = current_user`
