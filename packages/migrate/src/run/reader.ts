import type { Dialect, Session } from '../dialect/port.ts'

/** Runs `body` on a session that writes nothing, and closes it whatever happens. */
export async function withReader<T>(
  dialect: Dialect,
  body: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await dialect.openReader()
  try {
    return await body(session)
  } finally {
    await session.close()
  }
}
