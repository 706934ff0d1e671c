import type { Relation } from '../../config/expectations.ts'
import { MigrateError } from '../../errors.ts'
import { type Mending, markedBy } from './mending.ts'
import {
  ABOUT,
  columnsSql,
  names,
  type Place,
  placeOf,
  prepareQuarantine,
  unmovable,
} from './quarantine-table.ts'
import { namesNone, namesRowIn, parentIsThere, relationsOf, withDescendants } from './relations.ts'
import { type Copied, type MovedRows, removeCopied } from './remove-copied.ts'
import type { Identity } from './row-identity.ts'

/** Why rows are to go. */
interface Cause {
  /** SQL that is true of such a row `t`. */
  readonly where: string
  readonly reason: string
}

/** The tables whose rows may go with those of `table`: what a transaction may shrink, and what it locks. */
export const mayShrink = ({ live, expectations }: Mending, table: string): string[] =>
  withDescendants(relationsOf(live, expectations), table)

/**
 * Moves the rows that break `relation`, and all that belong to them, to quarantine, in the transaction that is open.
 * What belongs to a row goes first or with it, so that no ON DELETE finds anything to do. Throws SCHEMA_DIFFERS where
 * the other table is missing, SCHEMA_CONFLICT for a table that cannot be moved from, ROWS_LOST where what is left and
 * what was moved is not what was there.
 */
export async function moveToQuarantine(mending: Mending, relation: Relation): Promise<MovedRows[]> {
  const { live, dialect, writer } = mending
  if (!parentIsThere(live, relation)) throw parentMissing(relation)
  if (dialect.name === 'postgres') {
    const tables = mayShrink(mending, relation.table).map((table) => place(mending, table).from)
    // a row that is changed between copy and removal would come back as it was
    await writer.query(`LOCK TABLE ${tables.join(', ')} IN SHARE ROW EXCLUSIVE MODE`)
  }
  const gathered = await gatherRows(mending, relation)
  if (gathered.length === 0) return []
  return removeCopied(mending, gathered)
}

const place = ({ live, dialect }: Mending, table: string): Place => placeOf(live, dialect, table)

/** Copies the rows, and what belongs to them, into quarantine, marked as of this mend. */
async function gatherRows(mending: Mending, relation: Relation): Promise<Copied[]> {
  const relations = relationsOf(mending.live, mending.expectations)
  const found = new Map<string, Copied>()
  // rows that nothing tells apart are copied once, when all their causes are known
  const keyless = new Map<string, Cause[]>()

  const take = async (table: string, cause: Cause): Promise<boolean> => {
    const from = place(mending, table)
    if (!(await isAny(mending, from, cause))) return false
    if (from.identity === null) {
      if (relations.some(({ references }) => references === table)) throw keylessParent(table)
      keyless.set(table, [...(keyless.get(table) ?? []), cause])
      return false
    }
    if (!found.has(table)) {
      await prepareQuarantine(mending.writer, mending.dialect, mending.live, from)
      found.set(table, { ...from, copied: isIn(mending, from, from.identity) })
    }
    return (await copy(mending, from, [cause])) > 0
  }

  const parents: string[] = []
  const orphans = namesNone(mending.live, mending.dialect, relation)
  if (await take(relation.table, { where: orphans, reason: reasonOf(relation) })) {
    parents.push(relation.table)
  }
  for (let parent = parents.shift(); parent !== undefined; parent = parents.shift()) {
    for (const child of relations.filter(({ references }) => references === parent)) {
      const { into, quarantine, columns } = place(mending, parent)
      const computed = child.referencesColumns.find((name) => !names(columns).includes(name))
      if (computed)
        throw unmovable(parent, `rows of ${child.table} name its ${computed}, which is computed`)
      const where = namesRowIn(mending.live, child, into, `p.${markedBy(mending)}`)
      if (await take(child.table, { where, reason: belongsTo(child, quarantine) })) {
        parents.push(child.table)
      }
    }
  }
  for (const [table, causes] of keyless) {
    const from = place(mending, table)
    await prepareQuarantine(mending.writer, mending.dialect, mending.live, from)
    await copy(mending, from, causes)
    found.set(table, { ...from, copied: any(causes) })
  }
  return [...found.values()]
}

const reasonOf = ({ columns, references }: Relation): string =>
  `${columns.join(', ')} names no row of ${references}`

const belongsTo = ({ columns }: Relation, quarantine: string): string =>
  `${columns.join(', ')} names a row in ${quarantine}`

const any = (causes: readonly Cause[]): string =>
  causes.map(({ where }) => `(${where})`).join(' OR ')

const isIn = (mending: Mending, { into }: Place, { own, kept }: Identity): string =>
  `(${own.join(', ')}) IN (SELECT ${kept.join(', ')} FROM ${into} WHERE ${markedBy(mending)})`

async function isAny({ writer }: Mending, { from }: Place, { where }: Cause): Promise<boolean> {
  const { rows } = await writer.query(`SELECT 1 FROM ${from} AS t WHERE ${where} LIMIT 1`)
  return rows.length > 0
}

/** Copies what the causes hold of and was not copied yet; how many rows. */
async function copy(mending: Mending, from: Place, causes: readonly Cause[]): Promise<number> {
  const { mark, at, dialect, writer } = mending
  const { identity, into } = from
  const reason = causes.map(({ where, reason }) => `WHEN ${where} THEN ${literal(reason)}`)
  const values = [
    `CAST(${literal(at)} AS ${dialect.journalTypes.timestamp})`,
    `CASE ${reason.join(' ')} END`,
    `${literal(mark)}${identity ? ` || ${identity.suffix}` : ''}`,
  ]
  const before =
    identity &&
    `LEFT JOIN (SELECT DISTINCT ${identity.kept.map((kept, at) => `${kept} AS k${at}`).join(', ')}, 1 AS was_copied
       FROM ${into} WHERE ${markedBy(mending)}) AS o
     ON ${identity.own.map((own, at) => `o.k${at} = ${own}`).join(' AND ')}`
  const { affected } = await writer.query(
    `INSERT INTO ${into} (${columnsSql(from)}, ${ABOUT.join(', ')})
     SELECT ${columnsSql(from, 't.')}, ${values.join(', ')}
     FROM ${from.from} AS t ${before ?? ''}
     WHERE (${any(causes)}) ${before === null ? '' : 'AND o.was_copied IS NULL'}`,
  )
  return affected
}

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`

const parentMissing = ({ table, references }: Relation): MigrateError =>
  new MigrateError('SCHEMA_DIFFERS', {
    message: `Rows of ${table} name rows of ${references}, and that table or its columns are not there.`,
    hint: `Bring ${references} back first: its rows may come back with it.`,
  })

const keylessParent = (table: string): MigrateError =>
  new MigrateError('SCHEMA_CONFLICT', {
    message: `Rows of ${table} cannot be put into quarantine: other rows belong to them, and nothing tells its rows apart.`,
    hint: `Give ${table} a primary key in a migration, or put its rows right by hand.`,
  })
