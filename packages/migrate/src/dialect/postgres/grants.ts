import { JOURNAL_TABLES } from '../port.ts'
import type { RightFault, RightsReview } from '../roles-port.ts'
import type { RelationFacts, RightsState, RoleFacts } from './rights.ts'

const DATA = ['SELECT', 'INSERT', 'UPDATE', 'DELETE']
const READ = ['SELECT']
const SEQUENCE = ['USAGE', 'SELECT']
/** These empty a table past its triggers, hang triggers on it, or keep its rows from being deleted. */
const TOO_MUCH = ['TRUNCATE', 'REFERENCES', 'TRIGGER']
/** Where rows go that were taken out of a table. */
const QUARANTINE = /^quarantine_/

const KINDS: Readonly<Record<string, string>> = {
  v: 'VIEW',
  m: 'MATERIALIZED VIEW',
  f: 'FOREIGN TABLE',
  S: 'SEQUENCE',
}

/** What is missing and what is too much, each with its statement, in the order in which they work. */
export function planRights(state: RightsState, left: readonly string[]): RightsReview {
  const { app, admin, relations } = state
  const parts = relations.map((relation) => ({ relation, part: partOf(relation, left) }))
  const ofData = parts.filter(({ part }) => part === 'data').map(({ relation }) => relation)
  const ofJournal = parts.filter(({ part }) => part === 'journal').map(({ relation }) => relation)
  const faults = [
    ...(admin && !admin.isSuperuser ? adminFaults(state, admin, ofJournal) : []),
    ...(app ? appFaults(state, app, ofData, ofJournal) : []),
  ]
  const used = relations.filter(({ kind }) => kind !== 'S')
  const strangers = [
    app && !ofData.some((one) => wanted(one).some((right) => one.appHas.includes(right))) && app,
    admin && !used.some(({ adminOwns }) => adminOwns) && admin,
  ]
  return {
    checked: relations.length,
    faults,
    strangers: used.length > 0 ? strangers.flatMap((role) => (role ? [role.name] : [])) : [],
  }
}

function partOf({ name, table }: RelationFacts, left: readonly string[]) {
  const of = table ?? name
  if (JOURNAL_TABLES.includes(of)) return 'journal'
  return left.includes(of) || QUARANTINE.test(of) ? 'left' : 'data'
}

const wanted = ({ kind }: RelationFacts): readonly string[] =>
  kind === 'S' ? SEQUENCE : kind === 'v' || kind === 'm' ? READ : DATA

const lacking = (wants: readonly string[], has: readonly string[]): readonly string[] =>
  wants.filter((right) => !has.includes(right))

const objectOf = ({ kind, name }: RelationFacts): string =>
  `${kind === 'S' ? 'sequence' : kind === 'v' || kind === 'm' ? 'view' : 'table'} ${name}`

/** As GRANT and REVOKE name it: a view is a table there. */
const target = ({ kind, quoted }: RelationFacts): string =>
  kind === 'S' ? `SEQUENCE ${quoted}` : quoted

const toOwner = ({ kind, quoted }: RelationFacts, admin: RoleFacts): string =>
  `ALTER ${KINDS[kind] ?? 'TABLE'} ${quoted} OWNER TO ${admin.quoted}`

/** The role that migrates makes and changes tables, which only their owner may. */
function adminFaults(
  { database, schema, relations, notOwned }: RightsState,
  admin: RoleFacts,
  ofJournal: readonly RelationFacts[],
): RightFault[] {
  const lacks = (object: string, rights: readonly string[], statement: string): RightFault[] =>
    rights.length === 0 ? [] : [missing(admin, object, rights.join(', '), statement)]
  const onDatabase = lacking(['CONNECT'], admin.database)
  const onSchema = lacking(['USAGE', 'CREATE'], admin.schema)
  return [
    ...lacks(
      `database ${database}`,
      onDatabase,
      `GRANT CONNECT ON DATABASE ${database} TO ${admin.quoted}`,
    ),
    ...lacks(
      `schema ${schema}`,
      onSchema,
      `GRANT USAGE, CREATE ON SCHEMA ${schema} TO ${admin.quoted}`,
    ),
    // a sequence of a column follows its table
    ...relations
      .filter(({ adminOwns, table }) => !adminOwns && table === null)
      .map((one) => missing(admin, objectOf(one), 'ownership', toOwner(one, admin))),
    ...notOwned.map((name) =>
      missing(
        admin,
        name.replace(/^\w+/, (kind) => kind.toLowerCase()),
        'ownership',
        `ALTER ${name} OWNER TO ${admin.quoted}`,
      ),
    ),
    ...ofJournal
      .filter(({ kind }) => kind !== 'S')
      .flatMap((one) =>
        lacks(
          objectOf(one),
          lacking(DATA, one.adminHas),
          `GRANT ALL ON ${one.quoted} TO ${admin.quoted}`,
        ),
      ),
  ]
}

function appFaults(
  state: RightsState,
  app: RoleFacts,
  ofData: readonly RelationFacts[],
  ofJournal: readonly RelationFacts[],
): RightFault[] {
  const role = `role ${app.name}`
  const power = (what: string): RightFault =>
    excess(app, role, what, `ALTER ROLE ${app.quoted} NO${what}`, true)
  // it may do everything, whatever it was granted
  if (app.isSuperuser) return [power('SUPERUSER')]
  const { admin, database, schema, membership } = state
  const member =
    membership === 'none' || !admin
      ? []
      : [
          excess(
            app,
            role,
            `membership in ${admin.name}`,
            membership === 'direct' ? `REVOKE ${admin.quoted} FROM ${app.quoted}` : null,
          ),
        ]
  // what a member of the other role may, it may no more once it is none
  const reviewed = (some: readonly RelationFacts[]): readonly RelationFacts[] =>
    some.filter(({ adminOwns }) => membership === 'none' || !adminOwns)
  return [
    ...app.powers.map(power),
    ...member,
    ...(app.database.includes('CREATE') ? [creating(app, `DATABASE ${database}`)] : []),
    ...(app.schema.includes('CREATE') ? [creating(app, `SCHEMA ${schema}`)] : []),
    ...reviewed(ofJournal).flatMap((one) => journalFaults(app, admin, one)),
    ...granting(app, `DATABASE ${database}`, lacking(['CONNECT'], app.database)),
    ...granting(app, `SCHEMA ${schema}`, lacking(['USAGE'], app.schema)),
    ...reviewed(ofData).flatMap((one) => dataFaults(app, admin, one)),
    ...toCome(state, app, 'TABLES', lacking(DATA, state.tablesToCome)),
    ...toCome(state, app, 'SEQUENCES', lacking(SEQUENCE, state.sequencesToCome)),
  ]
}

/** `object` as GRANT and REVOKE name it: `SCHEMA public`. What everybody may, the role may as well. */
const creating = (app: RoleFacts, object: string): RightFault =>
  excess(app, lower(object), 'CREATE', `REVOKE CREATE ON ${object} FROM ${app.quoted}, PUBLIC`)

const granting = (app: RoleFacts, object: string, rights: readonly string[]): RightFault[] =>
  rights.map((right) =>
    missing(app, lower(object), right, `GRANT ${right} ON ${object} TO ${app.quoted}`),
  )

const lower = (object: string): string => object.replace(/^[A-Z]+/, (kind) => kind.toLowerCase())

function owning(app: RoleFacts, admin: RoleFacts | null, one: RelationFacts): RightFault {
  return excess(app, objectOf(one), 'ownership', admin ? toOwner(one, admin) : null)
}

function journalFaults(app: RoleFacts, admin: RoleFacts | null, one: RelationFacts): RightFault[] {
  if (one.appOwns) return one.table === null ? [owning(app, admin, one)] : []
  if (one.appHas.length === 0 && !one.appHasColumns) return []
  const what = one.appHas.join(', ') || 'rights to columns'
  const statement = `REVOKE ALL ON ${target(one)} FROM ${app.quoted}, PUBLIC`
  return [excess(app, objectOf(one), what, statement)]
}

function dataFaults(app: RoleFacts, admin: RoleFacts | null, one: RelationFacts): RightFault[] {
  if (one.appOwns) return one.table === null ? [owning(app, admin, one)] : []
  const lacks = lacking(wanted(one), one.appHas).join(', ')
  const tooMuch = one.appHas.filter((right) => TOO_MUCH.includes(right)).join(', ')
  const on = target(one)
  return [
    ...(tooMuch
      ? [
          excess(
            app,
            objectOf(one),
            tooMuch,
            `REVOKE ${tooMuch} ON ${on} FROM ${app.quoted}, PUBLIC`,
          ),
        ]
      : []),
    ...(lacks
      ? [missing(app, objectOf(one), lacks, `GRANT ${lacks} ON ${on} TO ${app.quoted}`)]
      : []),
  ]
}

function toCome(
  { maker, schema }: RightsState,
  app: RoleFacts,
  what: 'TABLES' | 'SEQUENCES',
  rights: readonly string[],
): RightFault[] {
  if (rights.length === 0) return []
  const granted = rights.join(', ')
  const statement = `ALTER DEFAULT PRIVILEGES FOR ROLE ${maker} IN SCHEMA ${schema} GRANT ${granted} ON ${what} TO ${app.quoted}`
  return [missing(app, `${what.toLowerCase()} to come`, granted, statement)]
}

const missing = (
  { name: role }: RoleFacts,
  object: string,
  what: string,
  statement: string,
): RightFault => ({ role, kind: 'missing', object, what, statement, byHand: false })

const excess = (
  { name: role }: RoleFacts,
  object: string,
  what: string,
  statement: string | null,
  byHand = statement === null,
): RightFault => ({ role, kind: 'excess', object, what, statement, byHand })
