import type { Dialect } from '../dialect/port.ts'
import type { Session } from '../dialect/session.ts'
import { prepareForScans } from '../validate/data/postgres-scans.ts'
import type { Beside } from '../validate/scene.ts'

/**
 * Runs `body` with two more sessions that only read, where the database can work for several at once: null on SQLite,
 * and where the server has no connection left for them.
 */
export async function withSessionsBeside<T>(
  dialect: Dialect,
  body: (beside: Beside | null) => Promise<T>,
): Promise<T> {
  if (dialect.name === 'sqlite') return body(null)
  const opened = await Promise.allSettled([openForScans(dialect), openForScans(dialect)])
  const sessions = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  try {
    const [checks, rows] = sessions
    return await body(checks && rows ? { checks, rows } : null)
  } finally {
    await Promise.all(sessions.map((session) => session.close()))
  }
}

async function openForScans(dialect: Dialect): Promise<Session> {
  const session = await dialect.openReader()
  try {
    await prepareForScans(session)
    return session
  } catch (thrown) {
    await session.close()
    throw thrown
  }
}
