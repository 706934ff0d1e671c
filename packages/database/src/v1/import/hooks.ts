import type { UserContext } from '../map/file-kind.ts'
import type { Note } from '../record.ts'

/** What those who walk through V1's records ask, and whom they tell. */
export interface Hooks {
  readonly signal: AbortSignal
  /** The users that V2 has: their e-mails, by id. */
  readonly known: ReadonlyMap<string, string>
  /** The external ids of the work orders that V2 has of a user. */
  readonly workOrdersOf: (userId: string) => Promise<ReadonlySet<string>>
  /** Whether a record of this identity was given before, for a row of this table. */
  readonly wasMet: (userId: string, table: string, identity: string) => boolean
  readonly onNote: (note: Note) => void
  /** Called with the bytes that were read since the last time. */
  readonly onBytes: (bytes: number) => void
  /** Told how many users there are, as soon as it is known. */
  readonly onUsers: (count: number) => void
}

/** Whose records follow. */
export async function contextOf(
  { workOrdersOf, wasMet }: Hooks,
  { userId, email }: Pick<UserContext, 'userId' | 'email'>,
): Promise<UserContext> {
  const before = await workOrdersOf(userId)
  const hasWorkOrder = (id: string): boolean => before.has(id) || wasMet(userId, 'work_orders', id)
  return { userId, email, hasWorkOrder }
}
