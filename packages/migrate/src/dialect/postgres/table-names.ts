import type { Session } from '../port.ts'

/** Names of the tables in the current schema. Apart from the snapshot, since every start asks for them. */
export async function tableNames(session: Session): Promise<string[]> {
  const { rows } = await session.query<{ name: string }>(`SELECT relname AS name FROM pg_class
    WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
      AND relkind IN ('r', 'p', 'f')`)
  return rows.map((row) => row.name)
}
