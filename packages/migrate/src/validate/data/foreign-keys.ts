import type { Relation } from '../../config/expectations.ts'
import type { Finding } from '../../finding.ts'
import { type Checked, withExamples } from '../check.ts'
import type { Scene } from '../scene.ts'
import type { Condition } from './condition.ts'
import { findExamples, rowsInWords, showing } from './examples.ts'
import { orphans } from './relations.ts'
import { countsForeignKeys, scanOf, tablesOf } from './scan.ts'
import { scanTable } from './scan-table.ts'
import { allOf } from './source.ts'
import type { Table } from './tables.ts'

/** Rows that break a declared foreign key. */
export async function brokenForeignKeys(scene: Scene): Promise<Checked> {
  if (!countsForeignKeys(scene)) {
    const scanned = await scanOf(scene)
    return { checked: scanned.looked('foreign keys'), findings: scanned.findings('foreign keys') }
  }
  const tables = await tablesOf(scene)
  const keys = [...tables.values()]
    .filter(({ isScanned }) => isScanned)
    .flatMap((table) => table.foreignKeys.map((relation) => keyOf(relation, table, tables)))
  const findings: Finding[] = []
  for (const [key, count] of await countBroken(scene, keys))
    findings.push(await tell(scene, key, count))
  return { checked: keys.length, findings }
}

interface Key {
  readonly relation: Relation
  readonly condition: Condition
}

/** A parent that is not there has no rows. */
function keyOf(relation: Relation, table: Table, tables: ReadonlyMap<string, Table>): Key {
  const parent = tables.get(relation.references)
  if (parent)
    return { relation, condition: orphans('foreign keys', { relation, table, parent }, 'sqlite') }
  const nowhere = {
    ...table,
    name: relation.references,
    from: '(SELECT NULL WHERE false)',
    indexes: [],
  }
  const related = { relation: { ...relation, referencesColumns: [] }, table, parent: nowhere }
  return { relation, condition: orphans('foreign keys', related, 'sqlite') }
}

interface Broken {
  readonly child: string
  readonly id: number
  readonly parent: string
  readonly count: number
  readonly columns: string
}

const BROKEN = `
  SELECT b.child, b.fkid AS id, b.parent, b.count,
    (SELECT json_group_array(f."from" ORDER BY f.seq) FROM pragma_foreign_key_list(b.child, 'main') AS f
     WHERE f.id = b.fkid) AS columns
  FROM (SELECT "table" AS child, parent, fkid, count(*) AS count FROM pragma_foreign_key_check(NULL, 'main')
        GROUP BY "table", parent, fkid) AS b ORDER BY b.child, b.fkid`

/** The keys that rows break, and how many rows. */
async function countBroken(
  { session }: Scene,
  keys: readonly Key[],
): Promise<ReadonlyMap<Key, number>> {
  const broken = await session.query<Broken>(BROKEN).catch(() => null)
  // one key refers to columns that are not unique, and SQLite then checks none
  if (!broken) return countEach(session, keys)
  const found = new Map<Key, number>()
  for (const { child, parent, columns, count } of broken.rows) {
    const key = keys.find(
      ({ relation }) =>
        isSame(relation.table, child) &&
        isSame(relation.references, parent) &&
        isSame(relation.columns.join('\n'), (JSON.parse(columns) as string[]).join('\n')),
    )
    if (key) found.set(key, count)
  }
  return found
}

const isSame = (left: string, right: string): boolean => left.toLowerCase() === right.toLowerCase()

async function countEach(
  session: Scene['session'],
  keys: readonly Key[],
): Promise<ReadonlyMap<Key, number>> {
  const found = new Map<Key, number>()
  for (const key of keys) {
    const { table } = key.condition
    const scan = { table, conditions: [key.condition], source: allOf(table), parsed: [] }
    const count = (await scanTable(session, scan)).counts.get(key.condition) ?? 0
    if (count > 0) found.set(key, count)
  }
  return found
}

async function tell({ session }: Scene, { condition }: Key, count: number): Promise<Finding> {
  const { table, where, finding } = condition
  const made = finding(rowsInWords(count))
  const examples = await findExamples(session, table, { source: allOf(table), where })
  const told = { ...made, count, fix: `${made.fix} To see them: ${showing(table, where)}` }
  return withExamples(told, examples)
}
