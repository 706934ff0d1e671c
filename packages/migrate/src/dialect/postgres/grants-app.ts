import type { RightFault } from '../roles-port.ts'
import { lackingToCome, tooMuchToCome } from './grants-to-come.ts'
import {
  excess,
  excessByHand,
  isView,
  lacking,
  lower,
  missing,
  objectOf,
  target,
  toOwner,
  wanted,
} from './right-faults.ts'
import type { RelationFacts, RightsState, RoleFacts } from './rights.ts'

/** These empty a table past its triggers, hang triggers on it, or keep its rows from being deleted. */
const TOO_MUCH = ['TRUNCATE', 'REFERENCES', 'TRIGGER']
/** A view gives what its owner may do with the tables behind it. */
const TOO_MUCH_OF_A_VIEW = ['INSERT', 'UPDATE', 'DELETE', ...TOO_MUCH]

/** What the application's role lacks of `ofData`, and has too much, or at all of what is `closed` to it. */
export function appFaults(
  state: RightsState,
  app: RoleFacts,
  ofData: readonly RelationFacts[],
  closed: readonly RelationFacts[],
): RightFault[] {
  const role = `role ${app.name}`
  // it may do everything, whatever it was granted; it may be the only one, or belong to somebody else
  if (app.isSuperuser) {
    return [excessByHand(app, role, 'SUPERUSER', { advice: ANOTHER_ROLE })]
  }
  const { admin, database, schema } = state
  return [
    ...app.powers.map((power) =>
      excessByHand(app, role, power, { statement: `ALTER ROLE ${app.quoted} NO${power}` }),
    ),
    ...(admin ? memberFaults(state, app, admin) : []),
    ...(app.database.includes('CREATE') ? [creating(app, `DATABASE ${database}`)] : []),
    ...(app.schema.includes('CREATE') ? [creating(app, `SCHEMA ${schema}`)] : []),
    ...closed.flatMap((one) => closedFaults(app, admin, one)),
    ...tooMuchToCome(state, app),
    ...granting(app, `DATABASE ${database}`, lacking(['CONNECT'], app.database)),
    ...granting(app, `SCHEMA ${schema}`, lacking(['USAGE'], app.schema)),
    ...ofData.flatMap((one) => dataFaults(app, admin, one)),
    ...lackingToCome(state, app),
  ]
}

const ANOTHER_ROLE = 'choose another role for the application'

/** A role in between may be meant for something else as well: whether the application stays in it is not ours to say. */
const memberFaults = (
  { memberships }: RightsState,
  app: RoleFacts,
  admin: RoleFacts,
): RightFault[] =>
  memberships.map((through) => {
    const statement = `REVOKE ${through} FROM ${app.quoted}`
    const what = `membership in ${admin.name}`
    return through === admin.quoted
      ? excess(app, `role ${app.name}`, what, statement)
      : excessByHand(app, `role ${app.name}`, `${what} through ${through}`, { statement })
  })

/** What everybody may, the role may as well. */
const creating = (app: RoleFacts, object: string): RightFault =>
  excess(app, lower(object), 'CREATE', `REVOKE CREATE ON ${object} FROM ${app.quoted}, PUBLIC`)

const granting = (app: RoleFacts, object: string, rights: readonly string[]): RightFault[] =>
  rights.map((right) =>
    missing(app, lower(object), right, `GRANT ${right} ON ${object} TO ${app.quoted}`),
  )

/** A sequence of a column follows its table. */
function owning(app: RoleFacts, admin: RoleFacts | null, one: RelationFacts): RightFault[] {
  if (one.table !== null) return []
  return [
    admin
      ? excess(app, objectOf(one), 'ownership', toOwner(one, admin))
      : excessByHand(app, objectOf(one), 'ownership', {
          advice: 'name the role that is to own it with --admin-role',
        }),
  ]
}

/** The journal, and rows that were put aside, whatever policies of their table kept to themselves. */
function closedFaults(app: RoleFacts, admin: RoleFacts | null, one: RelationFacts): RightFault[] {
  if (one.appOwns) return owning(app, admin, one)
  if (one.appHas.length === 0 && !one.appHasColumns) return []
  const what = one.appHas.join(', ') || 'rights to columns'
  const statement = `REVOKE ALL ON ${target(one)} FROM ${app.quoted}, PUBLIC`
  return [excess(app, objectOf(one), what, statement)]
}

function dataFaults(app: RoleFacts, admin: RoleFacts | null, one: RelationFacts): RightFault[] {
  if (one.appOwns) return owning(app, admin, one)
  const on = target(one)
  const lacks = lacking(wanted(one), one.appHas).join(', ')
  const never = isView(one) ? TOO_MUCH_OF_A_VIEW : TOO_MUCH
  const tooMuch = one.appHas.filter((right) => never.includes(right)).join(', ')
  const revoke = `REVOKE ${tooMuch} ON ${on} FROM ${app.quoted}, PUBLIC`
  const grant = `GRANT ${lacks} ON ${on} TO ${app.quoted}`
  return [
    ...(tooMuch ? [excess(app, objectOf(one), tooMuch, revoke)] : []),
    ...(lacks ? [missing(app, objectOf(one), lacks, grant)] : []),
  ]
}
