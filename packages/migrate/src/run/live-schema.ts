import type { Session } from '../dialect/session.ts'
import { factKey, type Snapshot } from '../schema/snapshot.ts'
import type { RunContext } from './context.ts'

/** What is there, and who may do what with it. */
export async function liveSchema({ dialect }: RunContext, session: Session): Promise<Snapshot> {
  const [facts, access] = await Promise.all([
    dialect.introspect(session),
    dialect.introspectAccess(session),
  ])
  return new Map([...facts, ...access.map((fact) => [factKey(fact), fact] as const)])
}
