import { JOURNAL_TABLES, LOG_TABLE, type LogGuard } from '../port.ts'

/** The function that the log's triggers call; a snapshot leaves it out. */
export const LOG_GUARD = `${LOG_TABLE}_guard`

const BODY = `
BEGIN
  RAISE EXCEPTION '${LOG_TABLE} is append-only: % is refused', TG_OP;
END
`

interface Trigger {
  readonly name: string
  readonly rule: string
  /** As pg_trigger keeps it: 1 for each row, 2 before, 8 DELETE, 16 UPDATE, 32 TRUNCATE. */
  readonly type: number
}

// TRUNCATE asks none but those of a statement
const TRIGGERS: readonly Trigger[] = (
  [
    ['UPDATE', 'ROW', 1 + 2 + 16],
    ['DELETE', 'ROW', 1 + 2 + 8],
    ['TRUNCATE', 'STATEMENT', 2 + 32],
  ] as const
).map(([event, each, type]) => ({
  name: `${LOG_TABLE}_no_${event.toLowerCase()}`,
  rule: `BEFORE ${event} ON %s FOR EACH ${each}`,
  type,
}))

/** The table's owner may also drop or disable a trigger; the log's hash chain shows what was done then. */
export const logGuard: LogGuard = {
  create: (prefix) => [
    `CREATE OR REPLACE FUNCTION ${prefix}${LOG_GUARD}() RETURNS trigger LANGUAGE plpgsql AS $guard$${BODY}$guard$`,
    // puts a disabled one back as well
    ...TRIGGERS.map(
      ({ name, rule }) =>
        `CREATE OR REPLACE TRIGGER ${name} ${rule.replace('%s', `${prefix}${LOG_TABLE}`)} EXECUTE FUNCTION ${prefix}${LOG_GUARD}()`,
    ),
  ],
  async missing(session, prefix) {
    const { rows } = await session.query<{ name: string; type: number }>(
      `SELECT t.tgname AS name, t.tgtype AS type FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
       WHERE t.tgrelid = to_regclass($1) AND t.tgenabled IN ('O', 'A') AND t.tgqual IS NULL
         AND t.tgattr::text = '' AND p.prosrc = $2`,
      [`${prefix}${LOG_TABLE}`, BODY],
    )
    return TRIGGERS.filter(
      ({ name, type }) => !rows.some((row) => row.name === name && row.type === type),
    ).map(({ name }) => name)
  },
  async strangers(session, prefix) {
    const { rows } = await session.query<{ what: string }>(STRANGERS, [
      JOURNAL_TABLES.map((table) => `${prefix}${table}`),
      `${prefix}${LOG_TABLE}`,
      TRIGGERS.map(({ name }) => name),
    ])
    return rows.map(({ what }) => what)
  },
}

const STRANGERS = `
WITH journal AS (SELECT to_regclass(name) AS id FROM unnest($1::text[]) AS name)
SELECT what FROM (
  SELECT format('trigger %I on %s', tgname, tgrelid::regclass) AS what FROM pg_trigger
  WHERE tgrelid IN (SELECT id FROM journal) AND NOT tgisinternal
    AND NOT (tgrelid = to_regclass($2) AND tgname = ANY ($3))
  UNION ALL
  SELECT format('rule %I on %s', rulename, ev_class::regclass) FROM pg_rewrite
  WHERE ev_class IN (SELECT id FROM journal)
  UNION ALL
  SELECT format('row security on %s', oid::regclass) FROM pg_class
  WHERE oid IN (SELECT id FROM journal) AND (relrowsecurity OR relforcerowsecurity)
  UNION ALL
  SELECT format('policy %I on %s', polname, polrelid::regclass) FROM pg_policy
  WHERE polrelid IN (SELECT id FROM journal)
) AS found ORDER BY what`
