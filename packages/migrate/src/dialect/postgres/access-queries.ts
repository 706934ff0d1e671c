import { notOfExtension, SCHEMA } from './catalog.ts'
import { RELATIONS, USERS_SCHEMA } from './relations.ts'

/** The queries behind access facts, and what each row holds. `schema` is null in the current schema. */

export interface RightsRow {
  /** `PUBLIC` for all roles. */
  grantee: string
  privileges: string[]
  grantable: string[]
  by_default: string[]
}

export interface GrantRow extends RightsRow {
  schema: string | null
  object: string
  column: string | null
  sort: string
}

export interface DefaultRow extends RightsRow {
  what: string
  role: string
  within: string | null
}

export interface OwnerRow {
  schema: string | null
  object: string
  sort: string
  role: string
}

/** What is not as it would be without any GRANT or REVOKE. An acl that is null says just that. */
const changedRights = (columns: string, objects: string): string => `
SELECT ${columns}, CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(g.grantee) END AS grantee,
  g.privileges, g.grantable, g.by_default
FROM (${objects}) o CROSS JOIN LATERAL (
  SELECT grantee, COALESCE(a.privileges, '{}') AS privileges, COALESCE(a.grantable, '{}') AS grantable,
    COALESCE(d.privileges, '{}') AS by_default
  FROM (SELECT x.grantee, array_agg(DISTINCT x.privilege_type ORDER BY x.privilege_type) AS privileges,
      array_agg(DISTINCT x.privilege_type ORDER BY x.privilege_type) FILTER (WHERE x.is_grantable) AS grantable
    FROM aclexplode(o.acl) x GROUP BY x.grantee) a
  FULL JOIN (SELECT x.grantee, array_agg(x.privilege_type ORDER BY x.privilege_type) AS privileges
    FROM aclexplode(o.initial) x GROUP BY x.grantee) d USING (grantee)
  WHERE a.privileges IS DISTINCT FROM d.privileges OR a.grantable IS NOT NULL) g`

const OBJECT = 'o.schema, o.object, o.column, o.sort'

const SORTS = `CASE c.relkind WHEN 'S' THEN 'sequence' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
  WHEN 'f' THEN 'foreign table' ELSE 'table' END`

const COUNTS = `c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S') AND ${USERS_SCHEMA} AND ${notOfExtension('pg_class', 'c.oid')}`

export const RELATION_GRANTS = changedRights(
  OBJECT,
  `SELECT ${SCHEMA}, c.relname::text AS object, NULL AS column, ${SORTS} AS sort, c.relacl AS acl,
    acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner) AS initial
  FROM ${RELATIONS} WHERE c.relacl IS NOT NULL AND ${COUNTS}`,
)

export const COLUMN_GRANTS = changedRights(
  OBJECT,
  `SELECT ${SCHEMA}, c.relname::text AS object, t.attname::text AS column, ${SORTS} AS sort, t.attacl AS acl,
    acldefault('c', c.relowner) AS initial
  FROM ${RELATIONS} JOIN pg_attribute t ON t.attrelid = c.oid
  WHERE t.attacl IS NOT NULL AND NOT t.attisdropped AND ${COUNTS}`,
)

const ROUTINES = `SELECT ${SCHEMA}, p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' AS object,
    NULL AS column, 'routine' AS sort, p.proacl AS acl, acldefault('f', p.proowner) AS initial,
    pg_get_userbyid(p.proowner) AS role
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
  WHERE ${USERS_SCHEMA} AND ${notOfExtension('pg_proc', 'p.oid')} AND NOT EXISTS (
    SELECT FROM pg_depend i WHERE i.classid = 'pg_proc'::regclass AND i.objid = p.oid AND i.deptype = 'i')`

export const ROUTINE_GRANTS = changedRights(OBJECT, `${ROUTINES} AND p.proacl IS NOT NULL`)

const SCHEMAS = `SELECT NULL AS schema, n.nspname::text AS object, NULL AS column, 'schema' AS sort, n.nspacl AS acl,
    acldefault('n', n.nspowner) AS initial, pg_get_userbyid(n.nspowner) AS role
  FROM pg_namespace n WHERE ${USERS_SCHEMA} AND ${notOfExtension('pg_namespace', 'n.oid')}`

export const SCHEMA_GRANTS = changedRights(OBJECT, `${SCHEMAS} AND n.nspacl IS NOT NULL`)

// those of one schema come on top of what is there without them
export const DEFAULT_GRANTS = changedRights(
  'o.what, o.role, o.within',
  `SELECT CASE d.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions'
      WHEN 'T' THEN 'types' WHEN 'n' THEN 'schemas' ELSE 'large objects' END AS what,
    pg_get_userbyid(d.defaclrole) AS role, n.nspname::text AS within, d.defaclacl AS acl,
    acldefault(CASE WHEN d.defaclnamespace <> 0 THEN 'c' WHEN d.defaclobjtype = 'S' THEN 's'
      ELSE d.defaclobjtype END::"char", d.defaclrole) AS initial
  FROM pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace`,
)

// a column's own sequence has the table's owner
export const RELATION_OWNERS = `
SELECT ${SCHEMA}, c.relname::text AS object, ${SORTS} AS sort, pg_get_userbyid(c.relowner) AS role
FROM ${RELATIONS} WHERE ${COUNTS} AND NOT EXISTS (SELECT FROM pg_depend o WHERE o.classid = 'pg_class'::regclass
  AND o.objid = c.oid AND o.refobjsubid > 0 AND o.deptype IN ('a', 'i'))`

export const OTHER_OWNERS = `
SELECT schema, object, sort, role::text FROM (${ROUTINES}) r
UNION ALL SELECT schema, object, sort, role::text FROM (${SCHEMAS}) s`
