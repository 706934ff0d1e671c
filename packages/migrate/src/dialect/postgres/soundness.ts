import { MigrateError } from '../../errors.ts'
import type { Checked, Finding } from '../../finding.ts'
import type { Session } from '../session.ts'
import type { SoundnessPort } from '../soundness-port.ts'
import { RELATIONS, USERS_SCHEMA } from './relations.ts'

export const soundness: SoundnessPort = {
  enforcement,
  storage: async () => ({
    checked: 0,
    findings: [],
    skipped: 'A server checks its pages itself as it reads them, where data checksums are on.',
  }),
  indexes,
}

interface Unenforced {
  table: string
  name: string
}

/** ALTER TABLE … DISABLE TRIGGER ALL also takes a superuser's hand off the foreign keys. */
const UNENFORCED = `
SELECT DISTINCT c.oid::regclass::text AS table, o.conname AS name
FROM ${RELATIONS} JOIN pg_trigger t ON t.tgrelid = c.oid JOIN pg_constraint o ON o.oid = t.tgconstraint
WHERE t.tgisinternal AND t.tgenabled NOT IN ('O', 'A') AND ${USERS_SCHEMA} ORDER BY 1, 2`

async function enforcement(session: Session): Promise<Checked> {
  const { rows } = await session.query<Unenforced>(UNENFORCED)
  const { rows: counted } = await session.query<{ number: number }>(
    `SELECT count(*) AS number FROM ${RELATIONS} JOIN pg_trigger t ON t.tgrelid = c.oid
     WHERE t.tgisinternal AND ${USERS_SCHEMA}`,
  )
  const findings = rows.map(
    ({ table, name }): Finding => ({
      code: 'CONSTRAINT_UNPROVEN',
      severity: 'error',
      message: `The constraint ${name} is not enforced on ${table}: its triggers are disabled.`,
      at: { object: `${table}.${name}` },
      fix: `ALTER TABLE ${table} ENABLE TRIGGER ALL; then look for rows that break it: \`validate --category constraints\`.`,
    }),
  )
  return { checked: counted[0]?.number ?? 0, findings }
}

const BTREES = `
SELECT x.oid, x.oid::regclass::text AS index, c.oid::regclass::text AS table
FROM ${RELATIONS} JOIN pg_index i ON i.indrelid = c.oid JOIN pg_class x ON x.oid = i.indexrelid
JOIN pg_am m ON m.oid = x.relam
WHERE m.amname = 'btree' AND x.relkind = 'i' AND i.indisvalid AND c.relpersistence <> 't' AND ${USERS_SCHEMA}
ORDER BY 2`

/** https://www.postgresql.org/docs/current/amcheck.html: every row of the table must be in the index. */
async function indexes(session: Session): Promise<Checked> {
  const { rows: installed } = await session.query<{ schema: string }>(
    `SELECT quote_ident(n.nspname) AS schema FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
     WHERE e.extname = 'amcheck'`,
  )
  const [extension] = installed
  if (!extension) {
    const skipped = 'amcheck is not installed: CREATE EXTENSION amcheck.'
    return { checked: 0, findings: [], skipped }
  }
  const { rows } = await session.query<{ oid: number; index: string; table: string }>(BTREES)
  const findings: Finding[] = []
  for (const { oid, index, table } of rows) {
    const problem = await problemOf(session, extension.schema, oid)
    if (problem === null) continue
    findings.push({
      code: 'INDEX_CORRUPT',
      severity: 'error',
      message: `The index ${index} of ${table} does not agree with its table: ${problem}`,
      at: { object: `index ${table}.${index}` },
      fix: `REINDEX INDEX CONCURRENTLY ${index}; find out what damaged it (the disk, a changed collation).`,
    })
  }
  return { checked: rows.length, findings }
}

async function problemOf(session: Session, schema: string, oid: number): Promise<string | null> {
  try {
    await session.query(`SELECT ${schema}.bt_index_check($1::oid::regclass, true)`, [oid])
    return null
  } catch (thrown) {
    if (thrown instanceof MigrateError && thrown.code === 'STATEMENT_FAILED') return thrown.message
    throw thrown
  }
}
