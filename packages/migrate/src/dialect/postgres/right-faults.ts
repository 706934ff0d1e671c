import type { RightFault } from '../roles-port.ts'
import type { RelationFacts, RoleFacts } from './rights.ts'

export const DATA = ['SELECT', 'INSERT', 'UPDATE', 'DELETE']
export const SEQUENCE = ['USAGE', 'SELECT']
const READ = ['SELECT']

export const isView = ({ kind }: RelationFacts): boolean => kind === 'v' || kind === 'm'

/** What the application needs of it. */
export const wanted = (one: RelationFacts): readonly string[] =>
  one.kind === 'S' ? SEQUENCE : isView(one) ? READ : DATA

export const lacking = (wants: readonly string[], has: readonly string[]): readonly string[] =>
  wants.filter((right) => !has.includes(right))

export const objectOf = (one: RelationFacts): string =>
  `${one.kind === 'S' ? 'sequence' : isView(one) ? 'view' : 'table'} ${one.name}`

/** As GRANT and REVOKE name it: a view is a table there. */
export const target = ({ kind, quoted }: RelationFacts): string =>
  kind === 'S' ? `SEQUENCE ${quoted}` : quoted

const KINDS: Readonly<Record<string, string>> = {
  v: 'VIEW',
  m: 'MATERIALIZED VIEW',
  f: 'FOREIGN TABLE',
  S: 'SEQUENCE',
}

export const toOwner = ({ kind, quoted }: RelationFacts, admin: RoleFacts): string =>
  `ALTER ${KINDS[kind] ?? 'TABLE'} ${quoted} OWNER TO ${admin.quoted}`

/** `object` as GRANT and REVOKE name it: `SCHEMA public`. */
export const lower = (object: string): string =>
  object.replace(/^[A-Z]+/, (kind) => kind.toLowerCase())

export const missing = (
  { name: role }: Pick<RoleFacts, 'name'>,
  object: string,
  what: string,
  statement: string,
): RightFault => ({ role, kind: 'missing', object, what, statement, byHand: false, advice: null })

export const excess = (
  { name: role }: Pick<RoleFacts, 'name'>,
  object: string,
  what: string,
  statement: string,
): RightFault => ({ role, kind: 'excess', object, what, statement, byHand: false, advice: null })

/** One that somebody must decide on: by the statement, or as `advice` says. */
export const excessByHand = (
  { name: role }: Pick<RoleFacts, 'name'>,
  object: string,
  what: string,
  way: { readonly statement: string } | { readonly advice: string },
): RightFault => ({
  role,
  kind: 'excess',
  object,
  what,
  statement: null,
  advice: null,
  ...way,
  byHand: true,
})
