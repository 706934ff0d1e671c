import { columnList, quoteName } from '../../schema/names.ts'
import { MARK, type Mending } from './mending.ts'
import { columnsOf, isAbout, names, type Place, placeOf } from './quarantine-table.ts'
import { namesNone, namesRowIn, relationsOf } from './relations.ts'
import { uniqueSets } from './row-identity.ts'

/** Something that keeps a row `t` of a quarantine table there. */
export interface Hindrance {
  readonly where: string
  readonly reason: string
  /** SQL with which it keeps the row no longer: what it names comes back as well. */
  readonly unless?: string
}

export interface Returning extends Place {
  /** Columns that the quarantine and the table have. */
  readonly shared: readonly string[]
  readonly hindrances: readonly Hindrance[]
}

/** SQL that is true of the rows of a quarantine that may come back. */
export const MARKED = `quarantine_run LIKE '${MARK}%'`

/** The rows of `table` and what keeps them in quarantine; `among` (SQL) are those that may come back with them. */
export function returning(
  mending: Mending,
  tables: readonly string[],
  table: string,
  among: string,
): Returning | null {
  const { live } = mending
  if (!live.has(`table ${table}`)) return null
  const place = placeOf(live, mending.dialect, table)
  const kept = names(columnsOf(live, place.quarantine))
  const shared = names(place.columns).filter((column) => kept.includes(column))
  const gone = kept.filter(
    (column) => !shared.includes(column) && !isAbout(mending.dialect, column),
  )
  const hindrances = [
    ...gone.map((column) => ({
      where: `t.${quoteName(column)} IS NOT NULL`,
      reason: `${table} has no column ${column} any more, which has a value`,
    })),
    ...parentHindrances(mending, tables, table),
    ...uniqueSets(live, table)
      .filter((set) => set.every((column) => shared.includes(column)))
      .map((set) => taken(place, set, among)),
  ]
  return { ...place, shared, hindrances }
}

function parentHindrances(
  { live, dialect, expectations }: Mending,
  tables: readonly string[],
  table: string,
): Hindrance[] {
  return relationsOf(live, expectations)
    .filter((relation) => relation.table === table)
    .map((relation): Hindrance => {
      const { columns, references } = relation
      const where = namesNone(live, dialect, relation)
      const reason = `${columns.join(', ')} names no row of ${references}`
      if (!tables.includes(references) || !live.has(`table ${references}`)) return { where, reason }
      const { into } = placeOf(live, dialect, references)
      return { where, reason, unless: namesRowIn(live, relation, into, `p.${MARKED}`) }
    })
}

/** Another row has its key by now, or several rows in quarantine have it. */
function taken({ from, into }: Place, set: readonly string[], among: string): Hindrance {
  const columns = columnList(set)
  const own = columnList(set, 't.')
  const same = set.map((column) => `p.${quoteName(column)} = t.${quoteName(column)}`)
  return {
    where: `(EXISTS (SELECT 1 FROM ${from} AS p WHERE ${same.join(' AND ')})
      OR ${set.length === 1 ? own : `(${own})`} IN (SELECT ${columns} FROM ${into}
        WHERE ${among} GROUP BY ${columns} HAVING count(*) > 1))`,
    reason: `another row has the same ${set.join(', ')}`,
  }
}
