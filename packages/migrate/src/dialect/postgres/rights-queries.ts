import { JOURNAL_TABLES } from '../port.ts'
import { RELATIONS } from './relations.ts'
import { SHOWN_NAME } from './table-names.ts'

/**
 * The queries behind the rights of roles. $1 is the application's role, $2 the one that migrates; one of them may be
 * NULL, and of a role that is none every function says NULL.
 */

// `own`: the application's role and all that it is a member of, the admin role and the ways to it apart
const GIVEN = `WITH RECURSIVE given AS (
  SELECT app.oid AS app, admin.oid AS admin,
    app.oid <> admin.oid AND pg_has_role(app.oid, admin.oid, 'MEMBER') AS "isMember"
  FROM (VALUES (true)) one LEFT JOIN pg_roles app ON app.rolname = $1::name
  LEFT JOIN pg_roles admin ON admin.rolname = $2::name),
own AS (
  SELECT app AS oid FROM given
  UNION
  SELECT m.roleid FROM own JOIN pg_auth_members m ON m.member = own.oid CROSS JOIN given
  WHERE NOT pg_has_role(m.roleid, given.admin, 'MEMBER'))`

/** Those of `privileges` for which `test` holds. */
const held = (privileges: readonly string[], test: string): string =>
  `ARRAY(SELECT p FROM unnest(ARRAY['${privileges.join("', '")}']) AS p WHERE ${test})`

// what PostgreSQL says of a member holds what the admin role has as well, and would hide what is missing without it
const unlessMember = (test: string, without: string): string =>
  `CASE WHEN given."isMember" THEN ${without} ELSE ${test} END`

const granted = (acl: string, test = 'true'): string =>
  `EXISTS (SELECT FROM aclexplode(${acl}) x WHERE ${test} AND (x.grantee = 0 OR x.grantee IN (SELECT oid FROM own)))`

const THIS = 'x.privilege_type = p'

/** What a role may do with a database or a schema, of which `own` is the access list. */
const around = (privileges: readonly string[], test: string, own: string): string =>
  held(privileges, `CASE WHEN r.oid = given.app THEN ${unlessMember(test, own)} ELSE ${test} END`)

export const ROLES = `${GIVEN}
SELECT r.rolname::text AS name, quote_ident(r.rolname) AS quoted, r.rolsuper AS "isSuperuser",
  array_remove(ARRAY[CASE WHEN r.rolcreaterole THEN 'CREATEROLE' END,
    CASE WHEN r.rolbypassrls THEN 'BYPASSRLS' END], NULL) AS powers,
  ${around(['CONNECT', 'CREATE'], 'has_database_privilege(r.oid, d.oid, p)', granted("COALESCE(d.datacl, acldefault('d', d.datdba))", THIS))} AS database,
  ${around(['USAGE', 'CREATE'], 'has_schema_privilege(r.oid, n.oid, p)', granted("COALESCE(n.nspacl, acldefault('n', n.nspowner))", THIS))} AS schema
FROM given JOIN pg_roles r ON r.oid IN (given.app, given.admin)
JOIN pg_database d ON d.datname = current_database() JOIN pg_namespace n ON n.nspname = current_schema()`

const SEQUENCE = ['USAGE', 'SELECT', 'UPDATE']
const TABLE = ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']

const ACL = `COALESCE(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner))`

const APP_HAS = `CASE WHEN c.relkind = 'S'
    THEN ${held(SEQUENCE, unlessMember('has_sequence_privilege(given.app, c.oid, p)', granted(ACL, THIS)))}
    ELSE ${held(TABLE, unlessMember('has_table_privilege(given.app, c.oid, p)', granted(ACL, THIS)))} END`

const APP_HAS_COLUMNS = `c.relkind <> 'S' AND ${unlessMember(
  `COALESCE(has_any_column_privilege(given.app, c.oid, 'SELECT, INSERT, UPDATE, REFERENCES'), false)`,
  `EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND NOT a.attisdropped AND ${granted('a.attacl')})`,
)}`

const ADMIN_HAS = `CASE WHEN c.relkind = 'S' THEN ${held(SEQUENCE, 'has_sequence_privilege(given.admin, c.oid, p)')}
    ELSE ${held(TABLE, 'has_table_privilege(given.admin, c.oid, p)')} END`

/** Objects of the current schema, those of extensions apart. */
const OWN = (catalogue: string, oid: string): string =>
  `n.nspname = current_schema() AND NOT EXISTS (SELECT FROM pg_depend e
    WHERE e.classid = '${catalogue}'::regclass AND e.objid = ${oid} AND e.deptype = 'e')`

/** The journal's tables, and views on them, or on such views: whoever may use one acts with the rights of its owner. */
const JOURNAL = `journal AS (
  SELECT c.oid FROM ${RELATIONS}
  WHERE n.nspname = current_schema() AND c.relname IN (${JOURNAL_TABLES.map((name) => `'${name}'`).join(', ')})
  UNION
  SELECT v.oid FROM journal JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = journal.oid
    AND d.classid = 'pg_rewrite'::regclass
  JOIN pg_rewrite w ON w.oid = d.objid JOIN pg_class v ON v.oid = w.ev_class AND v.relkind IN ('v', 'm'))`

// a sequence belongs to the table of its column
export const RELATION_RIGHTS = `${GIVEN}, ${JOURNAL}
SELECT ${SHOWN_NAME}::text AS name, quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS quoted, c.relkind AS kind,
  t.relname::text AS table,
  c.relkind = 'r' AND starts_with(c.relname::text, 'quarantine_') AND EXISTS (SELECT FROM pg_attribute q
    WHERE q.attrelid = c.oid AND q.attname = 'quarantine_run' AND NOT q.attisdropped) AS "isQuarantine",
  COALESCE(t.oid, c.oid) IN (SELECT oid FROM journal) AS "isJournal", n.nspname <> current_schema() AS "isElsewhere",
  ${APP_HAS} AS "appHas", ${APP_HAS_COLUMNS} AS "appHasColumns",
  COALESCE(${unlessMember("pg_has_role(given.app, c.relowner, 'MEMBER')", 'c.relowner IN (SELECT oid FROM own)')}, false)
    AS "appOwns",
  ${ADMIN_HAS} AS "adminHas", COALESCE(pg_has_role(given.admin, c.relowner, 'USAGE'), false) AS "adminOwns"
FROM ${RELATIONS} CROSS JOIN given LEFT JOIN LATERAL (
  SELECT t.oid, t.relname FROM pg_depend d JOIN pg_class t ON t.oid = d.refobjid
  WHERE c.relkind = 'S' AND d.classid = 'pg_class'::regclass AND d.objid = c.oid
    AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') LIMIT 1) t ON true
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S') AND (${OWN('pg_class', 'c.oid')} OR c.oid IN (SELECT oid FROM journal))
ORDER BY c.relkind = 'S', c.relname`

/** $1 is the role that migrates. */
export const NOT_OWNED = `
SELECT 'ROUTINE ' || p.oid::regprocedure::text AS name FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE NOT pg_has_role($1::name, p.proowner, 'USAGE') AND ${OWN('pg_proc', 'p.oid')}
UNION ALL
SELECT 'TYPE ' || t.oid::regtype::text FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
LEFT JOIN pg_class c ON c.oid = t.typrelid
WHERE (t.typtype IN ('e', 'd', 'r') OR c.relkind = 'c') AND NOT pg_has_role($1::name, t.typowner, 'USAGE')
  AND ${OWN('pg_type', 't.oid')}
ORDER BY 1`

const MAKER = 'pg_roles maker ON maker.rolname = COALESCE($2::name, current_user)'

export const AROUND = `${GIVEN}
SELECT quote_ident(current_database()) AS database, quote_ident(n.nspname) AS schema, quote_ident(maker.rolname) AS maker,
  ARRAY(SELECT DISTINCT m.roleid::regrole::text FROM pg_auth_members m
    WHERE given."isMember" AND m.member = given.app AND pg_has_role(m.roleid, given.admin, 'MEMBER')) AS memberships
FROM given JOIN pg_namespace n ON n.nspname = current_schema() JOIN ${MAKER}`

// what comes without a schema of its own counts in every one, and holds what the maker itself has
export const TO_COME = `${GIVEN}
SELECT CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' ELSE 'SEQUENCES' END AS what, d.defaclnamespace = 0 AS everywhere,
  x.grantee = 0 AS "isPublic", array_agg(x.privilege_type::text ORDER BY x.privilege_type) AS rights
FROM given JOIN ${MAKER} JOIN pg_default_acl d ON d.defaclrole = maker.oid CROSS JOIN aclexplode(d.defaclacl) x
WHERE d.defaclobjtype IN ('r', 'S') AND x.grantee IN (0, given.app) AND x.grantee <> maker.oid
  AND (d.defaclnamespace = 0 OR d.defaclnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()))
GROUP BY 1, 2, 3 ORDER BY 1 DESC, 2, 3`
