import { JOURNAL_TABLES } from '../port.ts'
import { LOG_GUARD } from './log-guard.ts'
import { RELATIONS, USERS_SCHEMA } from './relations.ts'

/**
 * The queries behind a snapshot, and what each row holds. They read the same on every version from 14 on: what
 * only newer catalogues have is read through to_jsonb. `schema` is null in the current schema.
 */

export const SCHEMA =
  'CASE WHEN n.nspname = current_schema() THEN NULL ELSE n.nspname::text END AS schema'

export const notOfExtension = (catalogue: string, oid: string): string =>
  `NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = '${catalogue}'::regclass AND e.objid = ${oid} AND e.deptype = 'e')`

/** Relations that count: `c` in namespace `n`. */
const COUNTS = `${USERS_SCHEMA} AND ${notOfExtension('pg_class', 'c.oid')}
  AND NOT (c.relname IN (${JOURNAL_TABLES.map((name) => `'${name}'`).join(', ')}) AND pg_table_is_visible(c.oid))`

export interface TableRow {
  schema: string | null
  name: string
  kind: 'r' | 'p' | 'f'
  unlogged: boolean
  partitioned_by: string | null
  parents: string[]
  bound: string | null
  options: string[]
  row_security: boolean
  policies: Policy[]
}

export interface Policy {
  /** Name, command, kind and roles. */
  head: string
  using: string | null
  check: string | null
}

export const TABLES = `
SELECT ${SCHEMA}, c.relname AS name, c.relkind AS kind, c.relpersistence = 'u' AS unlogged,
  CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END AS partitioned_by,
  ARRAY(SELECT i.inhparent::regclass::text FROM pg_inherits i WHERE i.inhrelid = c.oid ORDER BY i.inhseqno) AS parents,
  pg_get_expr(c.relpartbound, c.oid) AS bound,
  COALESCE(c.reloptions, '{}') AS options, c.relrowsecurity AS row_security,
  COALESCE((SELECT jsonb_agg(jsonb_build_object('head', format('%s %s%s to %s', p.policyname, p.cmd,
        CASE p.permissive WHEN 'PERMISSIVE' THEN '' ELSE ' restrictive' END, array_to_string(p.roles, ', ')),
      'using', p.qual, 'check', p.with_check) ORDER BY p.policyname)
    FROM pg_policies p WHERE p.schemaname = n.nspname AND p.tablename = c.relname), '[]') AS policies
FROM ${RELATIONS} WHERE c.relkind IN ('r', 'p', 'f') AND ${COUNTS}`

export interface ColumnRow {
  schema: string | null
  table: string
  name: string
  position: number
  type: string
  not_null: boolean
  default: string | null
  identity: '' | 'a' | 'd'
  generated: '' | 's' | 'v'
  collation: string | null
}

// a column that came from the parent is the parent's fact
export const COLUMNS = `
SELECT ${SCHEMA}, c.relname AS table, a.attname AS name, a.attnum::int AS position,
  format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS not_null, pg_get_expr(d.adbin, d.adrelid) AS default,
  a.attidentity AS identity, a.attgenerated AS generated,
  CASE WHEN a.attcollation <> t.typcollation THEN a.attcollation::regcollation::text END AS collation
FROM ${RELATIONS}
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relkind IN ('r', 'p', 'f') AND (a.attislocal OR a.attinhcount = 0) AND ${COUNTS}`

export interface ConstraintRow {
  schema: string | null
  table: string
  name: string
  kind: 'p' | 'u' | 'f' | 'c' | 'x'
  columns: string[]
  references: string | null
  referenced_columns: string[]
  on_update: string
  on_delete: string
  match: string
  deferrable: boolean
  deferred: boolean
  valid: boolean
  enforced: boolean
  period: boolean
  definition: string
  nulls_not_distinct: boolean
}

const columnNames = (relation: string, numbers: string): string =>
  `ARRAY(SELECT a.attname::text FROM unnest(${numbers}) WITH ORDINALITY AS k (number, place)
    JOIN pg_attribute a ON a.attrelid = ${relation} AND a.attnum = k.number ORDER BY k.place)`

// PostgreSQL 18 has a constraint for each NOT NULL: that is the column's fact
export const CONSTRAINTS = `
SELECT ${SCHEMA}, c.relname AS table, o.conname AS name, o.contype AS kind,
  ${columnNames('o.conrelid', 'o.conkey')} AS columns,
  CASE WHEN o.contype = 'f' THEN o.confrelid::regclass::text END AS references,
  ${columnNames('o.confrelid', 'o.confkey')} AS referenced_columns,
  o.confupdtype AS on_update, o.confdeltype AS on_delete, o.confmatchtype AS match,
  o.condeferrable AS deferrable, o.condeferred AS deferred, o.convalidated AS valid,
  COALESCE((to_jsonb(o) ->> 'conenforced')::boolean, true) AS enforced,
  COALESCE((to_jsonb(o) ->> 'conperiod')::boolean, false) AS period,
  CASE WHEN o.contype IN ('c', 'x') THEN pg_get_constraintdef(o.oid) ELSE '' END AS definition,
  COALESCE((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false) AS nulls_not_distinct
FROM ${RELATIONS} JOIN pg_constraint o ON o.conrelid = c.oid
LEFT JOIN pg_index i ON i.indexrelid = o.conindid AND o.contype = 'u'
WHERE o.contype IN ('p', 'u', 'f', 'c', 'x') AND o.conparentid = 0 AND (o.conislocal OR o.coninhcount = 0)
  AND ${COUNTS}`

export interface IndexRow {
  schema: string | null
  table: string
  name: string
  unique: boolean
  nulls_not_distinct: boolean
  method: string
  columns: string[]
  include: string[]
  where: string | null
  valid: boolean
  /** The process that is building it; null for one that nobody builds. */
  built_by: number | null
  options: string[]
}

// of what another role builds only the locks are shown; REINDEX names one index of those that it makes
const BUILT_BY = `CASE WHEN i.indisvalid THEN NULL ELSE (SELECT min(p.pid) FROM pg_stat_progress_create_index p
    WHERE p.datname = current_database() AND (p.index_relid = i.indexrelid
      OR (p.relid IS NULL OR p.command LIKE 'REINDEX%' AND x.relname ~ '_cc(new|old)[0-9]*$')
        AND EXISTS (SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database AND d.datname = p.datname
          WHERE l.pid = p.pid AND l.relation = i.indrelid AND l.mode = 'ShareUpdateExclusiveLock' AND l.granted))) END`

// the first bit of an indoption is DESC, the second NULLS FIRST
export const INDEXES = `
SELECT ${SCHEMA}, c.relname AS table, x.relname AS name, i.indisunique AS unique,
  COALESCE((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false) AS nulls_not_distinct, m.amname AS method,
  ARRAY(SELECT pg_get_indexdef(i.indexrelid, k.place, true)
      || COALESCE(' COLLATE ' || NULLIF(k.collation, COALESCE(a.attcollation, 'pg_catalog.default'::regcollation))::regcollation::text, '')
      || CASE WHEN q.opcdefault THEN '' ELSE ' ' || q.opcname END
      || CASE k.option & 3 WHEN 1 THEN ' DESC NULLS LAST' WHEN 2 THEN ' NULLS FIRST' WHEN 3 THEN ' DESC' ELSE '' END
    FROM generate_series(1, i.indnkeyatts) AS place
    CROSS JOIN LATERAL (SELECT place, i.indclass[place - 1] AS class, i.indoption[place - 1] AS option,
      NULLIF(i.indcollation[place - 1], 0) AS collation, i.indkey[place - 1] AS number) AS k
    JOIN pg_opclass q ON q.oid = k.class
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number AND k.number > 0
    ORDER BY k.place) AS columns,
  ARRAY(SELECT pg_get_indexdef(i.indexrelid, place, true)
    FROM generate_series(i.indnkeyatts + 1, i.indnatts) AS place ORDER BY place) AS include,
  pg_get_expr(i.indpred, i.indrelid, true) AS where, i.indisvalid AS valid,
  ${BUILT_BY} AS built_by,
  COALESCE(x.reloptions, '{}') AS options
FROM ${RELATIONS}
JOIN pg_index i ON i.indrelid = c.oid JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am m ON m.oid = x.relam
WHERE NOT x.relispartition AND ${COUNTS}
  AND NOT EXISTS (SELECT FROM pg_constraint o WHERE o.conindid = i.indexrelid AND o.contype IN ('p', 'u', 'x'))`

export interface ViewRow {
  schema: string | null
  name: string
  materialised: boolean
  sql: string
  columns: string[]
  uses: string[]
  options: string[]
}

export const VIEWS = `
SELECT ${SCHEMA}, c.relname AS name, c.relkind = 'm' AS materialised, pg_get_viewdef(c.oid) AS sql,
  ARRAY(SELECT format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)) FROM pg_attribute a
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum) AS columns,
  ARRAY(SELECT DISTINCT u.attrelid::regclass::text || '.' || quote_ident(u.attname)
    FROM pg_rewrite r
    JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
      AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0
    JOIN pg_attribute u ON u.attrelid = d.refobjid AND u.attnum = d.refobjsubid
    WHERE r.ev_class = c.oid AND d.refobjid <> c.oid ORDER BY 1) AS uses,
  COALESCE(c.reloptions, '{}') AS options
FROM ${RELATIONS} WHERE c.relkind IN ('v', 'm') AND ${COUNTS}`

export interface TriggerRow {
  schema: string | null
  table: string
  name: string
  sql: string
  enabled: 'O' | 'D' | 'R' | 'A'
}

export const TRIGGERS = `
SELECT ${SCHEMA}, c.relname AS table, t.tgname AS name, pg_get_triggerdef(t.oid, true) AS sql,
  t.tgenabled AS enabled
FROM ${RELATIONS} JOIN pg_trigger t ON t.tgrelid = c.oid
WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND ${COUNTS}`

export interface FunctionRow {
  schema: string | null
  name: string
  arguments: string
  kind: 'f' | 'p' | 'w'
  language: string
  parameters: string
  returns: string | null
  volatility: 'i' | 's' | 'v'
  parallel: 's' | 'r' | 'u'
  strict: boolean
  security_definer: boolean
  leakproof: boolean
  settings: string[]
  body: string
  parsed_body: string | null
}

// aggregates have no body of their own; the functions that they are made of are here
export const FUNCTIONS = `
SELECT ${SCHEMA}, p.proname AS name, pg_get_function_identity_arguments(p.oid) AS arguments, p.prokind AS kind,
  l.lanname AS language, pg_get_function_arguments(p.oid) AS parameters,
  pg_get_function_result(p.oid) AS returns, p.provolatile AS volatility, p.proparallel AS parallel,
  p.proisstrict AS strict, p.prosecdef AS security_definer, p.proleakproof AS leakproof,
  COALESCE(p.proconfig, '{}') AS settings, p.prosrc AS body, pg_get_function_sqlbody(p.oid) AS parsed_body
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
WHERE p.prokind IN ('f', 'p', 'w') AND ${USERS_SCHEMA} AND ${notOfExtension('pg_proc', 'p.oid')}
  AND NOT EXISTS (SELECT FROM pg_depend i WHERE i.classid = 'pg_proc'::regclass AND i.objid = p.oid AND i.deptype = 'i')
  AND NOT (p.proname = '${LOG_GUARD}' AND p.pronargs = 0 AND pg_function_is_visible(p.oid))`

export interface SequenceRow {
  schema: string | null
  name: string
  type: string
  start: string
  increment: string
  minimum: string
  maximum: string
  cache: string
  cycle: boolean
}

// one that a column owns, of an identity or a serial, comes and goes with the column
export const SEQUENCES = `
SELECT ${SCHEMA}, c.relname AS name, format_type(s.seqtypid, NULL) AS type, s.seqstart::text AS start,
  s.seqincrement::text AS increment, s.seqmin::text AS minimum, s.seqmax::text AS maximum,
  s.seqcache::text AS cache, s.seqcycle AS cycle
FROM ${RELATIONS} JOIN pg_sequence s ON s.seqrelid = c.oid
WHERE ${COUNTS} AND NOT EXISTS (SELECT FROM pg_depend o WHERE o.classid = 'pg_class'::regclass
  AND o.objid = c.oid AND o.refobjsubid > 0 AND o.deptype IN ('a', 'i'))`

export interface TypeRow {
  schema: string | null
  name: string
  kind: 'e' | 'd' | 'c' | 'r'
  labels: string[]
  base: string | null
  not_null: boolean
  default: string | null
  checks: { name: string; definition: string }[]
  attributes: string[]
  subtype: string | null
}

// every table has a row type, and a range its multirange: those are no facts of their own
export const TYPES = `
SELECT ${SCHEMA}, t.typname AS name, t.typtype AS kind,
  ARRAY(SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder) AS labels,
  CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END AS base,
  t.typnotnull AS not_null, t.typdefault AS default,
  COALESCE((SELECT jsonb_agg(jsonb_build_object('name', o.conname, 'definition', pg_get_constraintdef(o.oid))
      ORDER BY o.conname) FROM pg_constraint o WHERE o.contypid = t.oid AND o.contype = 'c'), '[]') AS checks,
  ARRAY(SELECT format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)) FROM pg_attribute a
    WHERE a.attrelid = t.typrelid AND t.typtype = 'c' AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attnum) AS attributes,
  (SELECT format_type(r.rngsubtype, NULL) FROM pg_range r WHERE r.rngtypid = t.oid) AS subtype
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE t.typtype IN ('e', 'd', 'c', 'r') AND ${USERS_SCHEMA} AND ${notOfExtension('pg_type', 't.oid')}
  AND (t.typrelid = 0 OR EXISTS (SELECT FROM pg_class c WHERE c.oid = t.typrelid AND c.relkind = 'c'))`

export interface ExtensionRow {
  name: string
  version: string
}

// every database has plpgsql
export const EXTENSIONS = `SELECT extname AS name, extversion AS version FROM pg_extension WHERE extname <> 'plpgsql'`
