import type { Connection } from '../connection.ts'
import { send } from '../session.ts'

/**
 * What a database of ours is, in its comment, so that nobody else's is ever dropped: 'restoring' beside the live one,
 * or the 'previous' one that a restore replaced.
 */
export interface Mark {
  readonly kind: 'restoring' | 'previous'
  /** The live database. */
  readonly of: string
  /** Since when, ISO 8601 in UTC. */
  readonly at: string
  /** Its own comment before. */
  readonly comment: string | null
}

const TOOL = 'fossawork-migrate'

/** Marks a database; within a transaction too. */
export async function setMark(connection: Connection, name: string, mark: Mark): Promise<void> {
  await setComment(connection, name, JSON.stringify({ tool: TOOL, ...mark }))
}

export async function setComment(
  connection: Connection,
  name: string,
  comment: string | null,
): Promise<void> {
  const { client } = connection
  const text = comment === null ? 'NULL' : client.escapeLiteral(comment)
  await send(connection, `COMMENT ON DATABASE ${client.escapeIdentifier(name)} IS ${text}`)
}

/** The databases of a kind that belong to a live one, oldest first. */
export async function markedDatabases(
  connection: Connection,
  kind: Mark['kind'],
  of: string,
): Promise<string[]> {
  const { rows } = await send<{ name: string; comment: string | null }>(
    connection,
    "SELECT datname AS name, shobj_description(oid, 'pg_database') AS comment FROM pg_database",
  )
  return rows
    .map(({ name, comment }) => ({ name, mark: readMark(comment) }))
    .filter(({ name, mark }) => mark?.kind === kind && mark.of === of && PATTERNS[kind].test(name))
    .sort((a, b) => compare(a.mark?.at ?? '', b.mark?.at ?? '') || compare(a.name, b.name))
    .map(({ name }) => name)
}

/** Both must agree, since a comment outlives a new name that people gave a database to keep it. */
const PATTERNS: Readonly<Record<Mark['kind'], RegExp>> = {
  restoring: /_restoring_[0-9a-f]{16}$/,
  previous: /_before_restore_\d{8}_\d{6}(_\d+)?$/,
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

function readMark(comment: string | null): Mark | null {
  try {
    const value = JSON.parse(comment ?? '') as Mark & { tool?: unknown }
    return value?.tool === TOOL ? value : null
  } catch {
    return null
  }
}
