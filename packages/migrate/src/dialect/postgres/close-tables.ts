import type { Session } from '../session.ts'

/**
 * Takes everything on new tables, and on the sequences of their columns, from everybody but their owner: default
 * privileges give to every new table alike.
 */
export async function closeTables(
  session: Pick<Session, 'query'>,
  tables: readonly string[],
): Promise<void> {
  const { rows } = await session.query<{ statement: string }>(REVOKES, [tables])
  for (const { statement } of rows) await session.query(statement)
}

const REVOKES = `
SELECT DISTINCT format('REVOKE ALL ON %s %s FROM %s', CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END,
  c.oid::regclass, CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(x.grantee)) END) AS statement
FROM unnest($1::text[]) AS given (name) JOIN LATERAL (
  SELECT to_regclass(name)::oid AS oid
  UNION ALL
  SELECT d.objid FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
    AND d.refobjid = to_regclass(name) AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')) own ON true
JOIN pg_class c ON c.oid = own.oid CROSS JOIN LATERAL aclexplode(c.relacl) x
WHERE x.grantee <> c.relowner`
