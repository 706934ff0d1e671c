import type { Session } from '../session.ts'
import { RELATIONS, USERS_SCHEMA } from './relations.ts'

/**
 * Names of everything that holds rows, in all schemas: `schema.table` outside the current one. Temporary tables and
 * those of extensions are left out. Apart from the snapshot, since every start asks for them.
 */
export async function tableNames(session: Session): Promise<string[]> {
  const { rows } = await session.query<{ name: string }>(TABLE_NAMES)
  return rows.map((row) => row.name)
}

/** The name of relation `c` in namespace `n`, as people are told it. */
export const SHOWN_NAME =
  "CASE WHEN n.nspname = (SELECT current_schema()) THEN c.relname ELSE n.nspname || '.' || c.relname END"

// all that extensions brought, by the index that finds it: asking for every table would double the time for many
export const NO_EXTENSIONS = `c.oid NOT IN (
  SELECT objid FROM pg_depend
  WHERE refclassid = 'pg_extension'::regclass AND classid = 'pg_class'::regclass AND deptype = 'e')`

const TABLE_NAMES = `
SELECT ${SHOWN_NAME} AS name
FROM ${RELATIONS}
WHERE c.relkind IN ('r', 'p', 'f', 'm') AND ${USERS_SCHEMA} AND ${NO_EXTENSIONS}`
