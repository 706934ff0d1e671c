/** Parts of catalogue queries: `c` is a relation, `n` its namespace. */
export const RELATIONS = 'pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace'

export const USERS_SCHEMA = `n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND n.nspname !~ '^pg_(toast|temp)'`

/** Whether an object, by its catalogue and oid, came with no extension. */
export const notOfExtension = (catalogue: string, oid: string): string =>
  `NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = '${catalogue}'::regclass AND e.objid = ${oid} AND e.deptype = 'e')`
