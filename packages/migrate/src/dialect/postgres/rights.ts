import type { RoleNames } from '../roles-port.ts'
import type { Session } from '../session.ts'
import { RELATIONS } from './relations.ts'

/** A role and what it may do besides the objects of the schema. Names are quoted where they must be. */
export interface RoleFacts {
  readonly name: string
  readonly quoted: string
  readonly isSuperuser: boolean
  /** `CREATEROLE`, `BYPASSRLS`. */
  readonly powers: readonly string[]
  readonly database: readonly string[]
  readonly schema: readonly string[]
}

/** A table, a view or a sequence, and who may do what with it. */
export interface RelationFacts {
  readonly name: string
  readonly quoted: string
  /** As pg_class has it: r, p, f, v, m, S. */
  readonly kind: string
  /** Of a sequence: the table that it belongs to, whose owner is its own. */
  readonly table: string | null
  readonly appHas: readonly string[]
  /** A right to a column at least, which gives away as much. */
  readonly appHasColumns: boolean
  readonly appOwns: boolean
  readonly adminHas: readonly string[]
  readonly adminOwns: boolean
}

/** What a schema's roles have, as it was read. */
export interface RightsState {
  readonly database: string
  readonly schema: string
  readonly app: RoleFacts | null
  readonly admin: RoleFacts | null
  /** How the application's role comes to be a member of the other one. */
  readonly membership: 'none' | 'direct' | 'indirect'
  readonly relations: readonly RelationFacts[]
  /** Routines and types that the admin role does not own: `ROUTINE f(integer)`. */
  readonly notOwned: readonly string[]
  /** Who makes the tables to come, quoted. */
  readonly maker: string
  /** What the application gets of them by itself. */
  readonly tablesToCome: readonly string[]
  readonly sequencesToCome: readonly string[]
}

/** Reads the rights of these roles, which must be there, in the current schema. */
export async function readRights(
  session: Pick<Session, 'query'>,
  { app, admin }: RoleNames,
): Promise<RightsState> {
  const [facts, relations, others, around] = await Promise.all([
    session.query<RoleFacts>(ROLES, [[app, admin].filter((name) => name !== null)]),
    session.query<RelationFacts>(RELATION_RIGHTS, [app, admin]),
    session.query<{ name: string }>(NOT_OWNED, [admin]),
    session.query<Around>(AROUND, [app, admin]),
  ])
  const factsOf = (name: string | null): RoleFacts | null =>
    facts.rows.find((row) => row.name === name) ?? null
  return {
    ...(around.rows[0] as Around),
    app: factsOf(app),
    admin: factsOf(admin),
    relations: relations.rows,
    notOwned: others.rows.map(({ name }) => name),
  }
}

type Around = Pick<
  RightsState,
  'database' | 'schema' | 'maker' | 'membership' | 'tablesToCome' | 'sequencesToCome'
>

/** Those of `privileges` for which `test` holds. */
const held = (privileges: readonly string[], test: string): string =>
  `ARRAY(SELECT p FROM unnest(ARRAY['${privileges.join("', '")}']) AS p WHERE ${test})`

const ROLES = `
SELECT rolname::text AS name, quote_ident(rolname) AS quoted, rolsuper AS "isSuperuser",
  array_remove(ARRAY[CASE WHEN rolcreaterole THEN 'CREATEROLE' END,
    CASE WHEN rolbypassrls THEN 'BYPASSRLS' END], NULL) AS powers,
  ${held(['CONNECT', 'CREATE'], 'has_database_privilege(r.oid, current_database(), p)')} AS database,
  ${held(['USAGE', 'CREATE'], 'has_schema_privilege(r.oid, current_schema(), p)')} AS schema
FROM pg_roles r WHERE rolname = ANY ($1::text[])`

const SEQUENCE = ['USAGE', 'SELECT', 'UPDATE']
const TABLE = ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']

const rightsOf = (role: string): string =>
  `CASE WHEN c.relkind = 'S' THEN ${held(SEQUENCE, `has_sequence_privilege(${role}, c.oid, p)`)}
    ELSE ${held(TABLE, `has_table_privilege(${role}, c.oid, p)`)} END`

/** Objects of the current schema, those of extensions apart. */
const OWN = (catalogue: string, oid: string): string =>
  `n.nspname = current_schema() AND NOT EXISTS (SELECT FROM pg_depend e
    WHERE e.classid = '${catalogue}'::regclass AND e.objid = ${oid} AND e.deptype = 'e')`

// of a role that is none every function says NULL
const RELATION_RIGHTS = `
SELECT c.relname::text AS name, quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS quoted, c.relkind AS kind,
  (SELECT t.relname::text FROM pg_depend d JOIN pg_class t ON t.oid = d.refobjid
    WHERE c.relkind = 'S' AND d.classid = 'pg_class'::regclass AND d.objid = c.oid
      AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') LIMIT 1) AS table,
  ${rightsOf('$1::name')} AS "appHas",
  c.relkind <> 'S' AND COALESCE(has_any_column_privilege($1::name, c.oid, 'SELECT, INSERT, UPDATE, REFERENCES'), false)
    AS "appHasColumns",
  COALESCE(pg_has_role($1::name, c.relowner, 'MEMBER'), false) AS "appOwns",
  ${rightsOf('$2::name')} AS "adminHas",
  COALESCE(pg_has_role($2::name, c.relowner, 'USAGE'), false) AS "adminOwns"
FROM ${RELATIONS} WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S') AND ${OWN('pg_class', 'c.oid')}
ORDER BY c.relkind = 'S', c.relname`

const NOT_OWNED = `
SELECT 'ROUTINE ' || p.oid::regprocedure::text AS name FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE NOT pg_has_role($1::name, p.proowner, 'USAGE') AND ${OWN('pg_proc', 'p.oid')}
UNION ALL
SELECT 'TYPE ' || t.oid::regtype::text FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
LEFT JOIN pg_class c ON c.oid = t.typrelid
WHERE (t.typtype IN ('e', 'd', 'r') OR c.relkind = 'c') AND NOT pg_has_role($1::name, t.typowner, 'USAGE')
  AND ${OWN('pg_type', 't.oid')}
ORDER BY 1`

// what comes without a schema of its own counts in every one
const toCome = (kind: 'r' | 'S'): string =>
  `ARRAY(SELECT DISTINCT x.privilege_type::text FROM pg_default_acl d, aclexplode(d.defaclacl) x
    WHERE d.defaclobjtype = '${kind}' AND d.defaclrole = maker.oid AND d.defaclnamespace IN (0, n.oid)
      AND x.grantee = app.oid)`

const AROUND = `
SELECT quote_ident(current_database()) AS database, quote_ident(n.nspname) AS schema, quote_ident(maker.rolname) AS maker,
  CASE WHEN NOT COALESCE(pg_has_role(app.oid, admin.oid, 'MEMBER'), false) OR app.oid = admin.oid THEN 'none'
    WHEN EXISTS (SELECT FROM pg_auth_members m WHERE m.roleid = admin.oid AND m.member = app.oid) THEN 'direct'
    ELSE 'indirect' END AS membership,
  ${toCome('r')} AS "tablesToCome", ${toCome('S')} AS "sequencesToCome"
FROM pg_namespace n JOIN pg_roles maker ON maker.rolname = COALESCE($2::name, current_user)
LEFT JOIN pg_roles app ON app.rolname = $1::name LEFT JOIN pg_roles admin ON admin.rolname = $2::name
WHERE n.nspname = current_schema()`
