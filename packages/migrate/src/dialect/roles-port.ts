import type { Session } from './session.ts'

/** A connection, as the server sees it. */
export interface ConnectionFacts {
  readonly user: string
  /** Over a socket or the loopback: nobody on a network can listen. */
  readonly isLocal: boolean
  readonly isEncrypted: boolean
  /** What makes the user stronger than a migration needs: `SUPERUSER`. */
  readonly powers: readonly string[]
}

/** The role of the application, and the one that migrates; null where there is none. */
export interface RoleNames {
  readonly app: string | null
  readonly admin: string | null
}

/** A right that a role should have and has not, or that it has and should not have. */
export interface RightFault {
  /** `PUBLIC` for everybody. */
  readonly role: string
  readonly kind: 'missing' | 'excess'
  /** `table users`, `sequence s`, `schema public`, `tables to come`. */
  readonly object: string
  /** `SELECT, INSERT`, `ownership`. */
  readonly what: string
  /** Puts it right; null where that needs to know more. */
  readonly statement: string | null
  /** A statement that reaches beyond this database, or that does not suffice: somebody must decide. */
  readonly byHand: boolean
  /** What to do where no statement does it, as an imperative; null where there is one. */
  readonly advice: string | null
}

/** What it is about, as people are told it: `SELECT on table users`, `CREATEROLE`. */
export const rightOf = ({ what, object }: RightFault): string =>
  object.startsWith('role ') ? what : `${what} on ${object}`

export interface RightsReview {
  /** How many objects were looked at. */
  readonly checked: number
  /** Without one, only what the roles may do with the database and its schema, and with tables to come, was looked at. */
  readonly hasJournal: boolean
  /** In the order in which their statements work. */
  readonly faults: readonly RightFault[]
  /** Roles that have no right to any table: they do not use this database, or not yet. */
  readonly strangers: readonly string[]
}

/** Roles and their rights. */
export interface RolesPort {
  connection(session: Pick<Session, 'query'>): Promise<ConnectionFacts>
  /** Which of these roles there are not. */
  missing(session: Pick<Session, 'query'>, roles: readonly string[]): Promise<string[]>
  /**
   * The rights in the current schema against the least that the roles need: the application reads and writes data, the
   * other one owns it all. `left` are tables that the application needs no right to, and may have some. Writes nothing.
   */
  review(
    session: Pick<Session, 'query'>,
    roles: RoleNames,
    left: readonly string[],
  ): Promise<RightsReview>
  /** Takes everything on new tables, and on sequences of theirs, from everybody whom default privileges gave it. */
  closeTables(session: Pick<Session, 'query'>, tables: readonly string[]): Promise<void>
}
