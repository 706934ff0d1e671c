import type { Session } from '../../dialect/session.ts'
import { asMigrateError } from '../../errors.ts'
import type { Finding } from '../../finding.ts'
import { withExamples } from '../check.ts'
import type { Scene } from '../scene.ts'
import type { Condition, Group } from './condition.ts'
import { conditionsOf } from './conditions.ts'
import { findExamples, rowsInWords, showing } from './examples.ts'
import { findUnparsable, knowsJson } from './postgres-json.ts'
import { largestFirst, prepareForScans } from './postgres-scans.ts'
import { scanTable, type TableScan } from './scan-table.ts'
import { type Source, sourceOf } from './source.ts'
import { readTables, type Table } from './tables.ts'

/** What came of the one scan that each table gets. */
export interface Scanned {
  /** How many things of a group were looked at: columns, relations. */
  looked(group: Group): number
  findings(group: Group): readonly Finding[]
}

const scans = new WeakMap<Scene, Promise<Scanned>>()

/** Reads every table once, for all checks of one validation. */
export function scanOf(scene: Scene): Promise<Scanned> {
  const known = scans.get(scene)
  if (known) return known
  const scan = scanAll(scene)
  scans.set(scene, scan)
  return scan
}

export async function tablesOf(scene: Scene): Promise<ReadonlyMap<string, Table>> {
  const expected = await scene.expected()
  const snapshot = 'fault' in expected ? null : expected.snapshot
  return readTables(await scene.live(), snapshot, scene.dialect.name)
}

/** SQLite itself counts the rows that break a foreign key, unless only some rows are to be looked at. */
export const countsForeignKeys = ({ dialect, sample }: Scene): boolean =>
  dialect.name === 'sqlite' && sample === null

async function scanAll(scene: Scene): Promise<Scanned> {
  const { dialect, session, beside, settings, signal } = scene
  const conditions = conditionsOf(await tablesOf(scene), {
    dialect: dialect.name,
    expectations: settings.expectations,
    foreignKeys: !countsForeignKeys(scene),
    data: scene.has('data'),
    now: new Date(),
  })
  const source = await sourceOf(scene)
  const parsesJson = dialect.name === 'postgres' && !(await knowsJson(session))
  if (dialect.name === 'postgres') await prepareForScans(session)
  const byTable = Map.groupBy(conditions, ({ table }) => table)
  const tables = [...byTable.keys()]
  const found = new Map<Table, readonly Found[]>()
  const left = (beside ? await largestFirst(session, tables) : tables).values()
  const readOn = async (session: Session): Promise<void> => {
    for (const table of left) {
      signal.throwIfAborted()
      const all = byTable.get(table) ?? []
      const scan = scanFor(table, all, { source: source(table), parsesJson })
      const results = resultsOf(scene, session, scan, all).catch((thrown: unknown): Found[] => {
        signal.throwIfAborted()
        return [{ group: all[0]?.group ?? 'required', finding: unreadable(table, thrown) }]
      })
      found.set(table, await results)
    }
  }
  await Promise.all([readOn(session), beside && readOn(beside.rows)])
  const all = tables.flatMap((table) => found.get(table) ?? [])
  return {
    looked: (group) => conditions.filter((condition) => condition.group === group).length,
    findings: (group) => all.filter((one) => one.group === group).map(({ finding }) => finding),
  }
}

function scanFor(
  table: Table,
  conditions: readonly Condition[],
  { source, parsesJson }: { readonly source: Source; readonly parsesJson: boolean },
): TableScan {
  const isParsed = ({ json }: Condition): boolean => parsesJson && json !== undefined
  return {
    table,
    source,
    conditions: conditions.filter((condition) => !isParsed(condition)),
    parsed: conditions.filter(isParsed).map(({ json }) => json ?? ''),
  }
}

interface Found {
  readonly group: Group
  readonly finding: Finding
}

async function resultsOf(
  scene: Scene,
  session: Session,
  scan: TableScan,
  all: readonly Condition[],
): Promise<Found[]> {
  const { table, source } = scan
  const whole = scan.parsed.length > 0 ? await scanTable(session, scan).catch(() => null) : null
  const { rows, counts } = whole ?? (await scanTable(session, { ...scan, parsed: [] }))
  const found: Found[] = []
  const tell = (condition: Condition, count: number, examples: readonly string[]): void => {
    const finding = findingOf(condition, { count, rows, scene })
    found.push({ group: condition.group, finding: withExamples(finding, examples) })
  }
  for (const condition of all) {
    const { where, allowed, json } = condition
    const count = counts.get(condition)
    if (count !== undefined) {
      if (count > allowed)
        tell(condition, count, await findExamples(session, table, { source, where }))
    } else if (!whole && json !== undefined) {
      const { count, examples } = await findUnparsable(session, table, { column: json, source })
      if (count > 0) tell(condition, count, examples)
    }
  }
  return found
}

function findingOf(
  { table, where, json, finding }: Condition,
  {
    count,
    rows,
    scene,
  }: { readonly count: number; readonly rows: number | null; readonly scene: Scene },
): Finding {
  const among =
    scene.sample === null || rows === null ? '' : ` among ${rows.toLocaleString('en')} looked at`
  const made = finding(`${rowsInWords(count)}${among}`)
  // a statement that this server cannot run helps nobody
  const shown = json !== undefined && scene.dialect.name === 'postgres' ? null : where
  return {
    ...made,
    count,
    fix: shown === null ? made.fix : `${made.fix} To see them: ${showing(table, shown)}`,
  } as Finding
}

function unreadable({ name }: Table, thrown: unknown): Finding {
  const { code, message, hint } = asMigrateError(thrown)
  return {
    code: 'CHECK_FAILED',
    severity: 'error',
    message: `The rows of ${name} could not be checked (${code}): ${message}`,
    at: { object: name },
    fix: hint,
  }
}
