import type { Session } from '../port.ts'
import { notOfExtension, RELATIONS, USERS_SCHEMA } from './relations.ts'

/**
 * Names of everything that holds rows, in all schemas: `schema.table` outside the current one. Temporary tables and
 * those of extensions are left out. Apart from the snapshot, since every start asks for them.
 */
export async function tableNames(session: Session): Promise<string[]> {
  const { rows } = await session.query<{ name: string }>(`
    SELECT CASE WHEN n.nspname = current_schema() THEN c.relname ELSE n.nspname || '.' || c.relname END AS name
    FROM ${RELATIONS}
    WHERE c.relkind IN ('r', 'p', 'f', 'm') AND ${USERS_SCHEMA} AND ${notOfExtension('pg_class', 'c.oid')}`)
  return rows.map((row) => row.name)
}
