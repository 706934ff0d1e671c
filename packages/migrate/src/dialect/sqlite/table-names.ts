import type { Session } from '../session.ts'

/** The tables that the schema lists, the journal's included. */
export async function tableNames(session: Session): Promise<string[]> {
  const { rows } = await session.query<{ name: string }>(
    `SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`,
  )
  return rows.map(({ name }) => name)
}
