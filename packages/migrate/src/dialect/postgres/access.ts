import type { Fact, FactValue } from '../../schema/snapshot.ts'
import type { Session } from '../session.ts'
import * as queries from './access-queries.ts'
import { readAlike } from './printing.ts'

/**
 * Who may do what, and who owns what: tables, their columns, views, sequences, functions and schemas that are the
 * users', and default privileges. What an object has without any GRANT or REVOKE is left out. One round trip.
 *
 * A `grant` says `on` what kind of object, the `grantee` (`PUBLIC` for all), its `privileges`, those that it may grant
 * on (`grantable`), and those that it had `byDefault`: no privilege where there were some is a REVOKE. An `owner` says
 * the `role`.
 */
export async function introspectAccess(session: Session): Promise<Fact[]> {
  const facts = await readAlike(session, (rows) =>
    Promise.all([
      rows<queries.GrantRow>(queries.RELATION_GRANTS).then((found) => found.map(relationGrant)),
      rows<queries.GrantRow>(queries.COLUMN_GRANTS).then((found) => found.map(columnGrant)),
      rows<queries.GrantRow>(queries.ROUTINE_GRANTS).then((found) => found.map(objectGrant)),
      rows<queries.GrantRow>(queries.SCHEMA_GRANTS).then((found) => found.map(objectGrant)),
      rows<queries.DefaultRow>(queries.DEFAULT_GRANTS).then((found) => found.map(defaultGrant)),
      rows<queries.OwnerRow>(queries.RELATION_OWNERS).then((found) => found.map(relationOwner)),
      rows<queries.OwnerRow>(queries.OTHER_OWNERS).then((found) => found.map(objectOwner)),
    ]),
  )
  return facts.flat()
}

type Placed = Pick<queries.OwnerRow, 'schema' | 'object'>

const placed = ({ schema, object }: Placed): string =>
  schema === null ? object : `${schema}.${object}`

const inSchema = ({ schema }: Placed): Record<string, FactValue> =>
  schema === null ? {} : { schema }

const rights = (row: queries.RightsRow): Record<string, FactValue> => ({
  grantee: row.grantee,
  privileges: row.privileges,
  ...(row.grantable.length > 0 && { grantable: row.grantable }),
  ...(row.by_default.length > 0 && { byDefault: row.by_default }),
})

const relationGrant = (row: queries.GrantRow): Fact => ({
  kind: 'grant',
  table: placed(row),
  name: row.grantee,
  is: { ...inSchema(row), on: row.sort, ...rights(row) },
})

const columnGrant = (row: queries.GrantRow): Fact => ({
  kind: 'grant',
  table: placed(row),
  name: `${row.column} to ${row.grantee}`,
  is: { ...inSchema(row), on: row.sort, column: row.column, ...rights(row) },
})

const objectGrant = (row: queries.GrantRow): Fact => ({
  kind: 'grant',
  table: null,
  name: `${row.sort} ${placed(row)} to ${row.grantee}`,
  is: { ...inSchema(row), on: row.sort, object: row.object, ...rights(row) },
})

const defaultGrant = (row: queries.DefaultRow): Fact => ({
  kind: 'grant',
  table: null,
  name: `default ${row.what} of ${row.role}${row.within === null ? '' : ` in ${row.within}`} to ${row.grantee}`,
  is: {
    on: 'default',
    what: row.what,
    role: row.role,
    ...(row.within !== null && { within: row.within }),
    ...rights(row),
  },
})

const relationOwner = (row: queries.OwnerRow): Fact => ({
  kind: 'owner',
  table: placed(row),
  name: row.sort,
  is: { ...inSchema(row), on: row.sort, role: row.role },
})

const objectOwner = (row: queries.OwnerRow): Fact => ({
  kind: 'owner',
  table: null,
  name: `${row.sort} ${placed(row)}`,
  is: { ...inSchema(row), on: row.sort, object: row.object, role: row.role },
})
