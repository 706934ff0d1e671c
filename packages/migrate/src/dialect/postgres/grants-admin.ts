import type { RightFault } from '../roles-port.ts'
import { DATA, isView, lacking, missing, objectOf, toOwner } from './right-faults.ts'
import type { RightsState, RoleFacts } from './rights.ts'

/** What the role that migrates lacks: it makes and changes tables, which only their owner may. */
export function adminFaults(
  { database, schema, relations, notOwned }: RightsState,
  admin: RoleFacts,
): RightFault[] {
  const lacks = (object: string, rights: readonly string[], statement: string): RightFault[] =>
    rights.length === 0 ? [] : [missing(admin, object, rights.join(', '), statement)]
  const here = relations.filter(({ isElsewhere }) => !isElsewhere)
  return [
    ...lacks(
      `database ${database}`,
      lacking(['CONNECT'], admin.database),
      `GRANT CONNECT ON DATABASE ${database} TO ${admin.quoted}`,
    ),
    ...lacks(
      `schema ${schema}`,
      lacking(['USAGE', 'CREATE'], admin.schema),
      `GRANT USAGE, CREATE ON SCHEMA ${schema} TO ${admin.quoted}`,
    ),
    // a sequence of a column follows its table
    ...here
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
    ...here
      .filter((one) => one.isJournal && one.kind !== 'S' && !isView(one))
      .flatMap((one) =>
        lacks(
          objectOf(one),
          lacking(DATA, one.adminHas),
          `GRANT ALL ON ${one.quoted} TO ${admin.quoted}`,
        ),
      ),
  ]
}
