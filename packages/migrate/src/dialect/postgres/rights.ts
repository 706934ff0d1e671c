import type { RoleNames } from '../roles-port.ts'
import type { Session } from '../session.ts'
import { AROUND, NOT_OWNED, RELATION_RIGHTS, ROLES, TO_COME } from './rights-queries.ts'

/** A role and what it may do besides the objects of the schema. Names are quoted where they must be. */
export interface RoleFacts {
  readonly name: string
  readonly quoted: string
  readonly isSuperuser: boolean
  /** `CREATEROLE`, `BYPASSRLS`. */
  readonly powers: readonly string[]
  readonly database: readonly string[]
  readonly schema: readonly string[]
}

/** A table, a view or a sequence, and who may do what with it. */
export interface RelationFacts {
  readonly name: string
  readonly quoted: string
  /** As pg_class has it: r, p, f, v, m, S. */
  readonly kind: string
  /** Of a sequence: the table that it belongs to, whose owner is its own. */
  readonly table: string | null
  /** Where `validate --fix` put rows that it took out of another table. */
  readonly isQuarantine: boolean
  /** A table of the journal, or a view through which one can be read or written. */
  readonly isJournal: boolean
  /** A view on the journal in another schema; nothing else is looked at there. */
  readonly isElsewhere: boolean
  readonly appHas: readonly string[]
  /** A right to a column at least, which gives away as much. */
  readonly appHasColumns: boolean
  readonly appOwns: boolean
  readonly adminHas: readonly string[]
  readonly adminOwns: boolean
}

/** Default privileges: what somebody gets by itself of what is to come. */
export interface ToCome {
  readonly what: 'TABLES' | 'SEQUENCES'
  /** In every schema, not in the current one alone. */
  readonly everywhere: boolean
  /** For everybody, not for the application. */
  readonly isPublic: boolean
  readonly rights: readonly string[]
}

/** What a schema's roles have, as it was read. A member of the admin role has here what it has without that. */
export interface RightsState {
  readonly database: string
  readonly schema: string
  readonly app: RoleFacts | null
  readonly admin: RoleFacts | null
  /** Roles that the application's is a member of, by which it is one of the admin role; that one itself, or others. Quoted. */
  readonly memberships: readonly string[]
  readonly relations: readonly RelationFacts[]
  /** Routines and types that the admin role does not own: `ROUTINE f(integer)`. */
  readonly notOwned: readonly string[]
  /** Who makes the tables to come, quoted. */
  readonly maker: string
  readonly toCome: readonly ToCome[]
}

/** Reads the rights of these roles, which must be there, in the current schema. */
export async function readRights(
  session: Pick<Session, 'query'>,
  { app, admin }: RoleNames,
): Promise<RightsState> {
  const both = [app, admin]
  const [facts, relations, others, around, toCome] = await Promise.all([
    session.query<RoleFacts>(ROLES, both),
    session.query<RelationFacts>(RELATION_RIGHTS, both),
    session.query<{ name: string }>(NOT_OWNED, [admin]),
    session.query<Around>(AROUND, both),
    session.query<ToCome>(TO_COME, both),
  ])
  const factsOf = (name: string | null): RoleFacts | null =>
    facts.rows.find((row) => row.name === name) ?? null
  return {
    ...(around.rows[0] as Around),
    app: factsOf(app),
    admin: factsOf(admin),
    relations: relations.rows,
    notOwned: others.rows.map(({ name }) => name),
    toCome: toCome.rows,
  }
}

type Around = Pick<RightsState, 'database' | 'schema' | 'maker' | 'memberships'>
