/** Parts of catalogue queries: `c` is a relation, `n` its namespace. */
export const RELATIONS = 'pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace'

export const USERS_SCHEMA = `n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND n.nspname !~ '^pg_(toast|temp)'`
