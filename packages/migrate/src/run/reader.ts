import type { Dialect } from '../dialect/port.ts'
import type { Session } from '../dialect/session.ts'

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
