import type { Fact, Snapshot } from '../../schema/snapshot.ts'
import { createWithin } from './create.ts'
import { addColumn, typeText } from './create-table.ts'
import { literal, quote, tableOf } from './fact-names.ts'
import { ownedSequence, ownedSequences } from './owned-sequences.ts'
import { withoutViewsOf } from './undo-view.ts'

/** Null where the column is computed and should be plain, and its values are not stored. */
export function undoColumn(wanted: Fact, actual: Fact, expected: Snapshot): string[] | null {
  const isComputed = wanted.is.generated !== undefined
  if (
    isComputed &&
    (wanted.is.generated !== actual.is.generated || !same('stored', wanted, actual))
  ) {
    return computeAnew(wanted, expected)
  }
  if (!isComputed && actual.is.generated !== undefined && !actual.is.stored) return null
  const retyped = !same('type', wanted, actual) || !same('collation', wanted, actual)
  const statements = [
    ...(!isComputed && actual.is.generated !== undefined ? [alter(wanted, 'DROP EXPRESSION')] : []),
    ...(!wanted.is.identity && actual.is.identity ? [alter(wanted, 'DROP IDENTITY')] : []),
    ...retype(wanted, actual, retyped),
    ...redefault(wanted, actual, retyped, expected),
    ...(same('notNull', wanted, actual)
      ? []
      : [alter(wanted, wanted.is.notNull ? 'SET NOT NULL' : 'DROP NOT NULL')]),
    ...identify(wanted, actual),
  ]
  return retyped ? withoutViewsOf(wanted, expected, statements) : statements
}

const same = (part: string, wanted: Fact, actual: Fact): boolean =>
  wanted.is[part] === actual.is[part]

const alter = (column: Fact, action: string): string =>
  `ALTER TABLE ${tableOf(column)} ALTER COLUMN ${quote(column.name)} ${action}`

/** Its values come from the other columns: it can be dropped and made again, with what is built on it. */
function computeAnew(wanted: Fact, expected: Snapshot): string[] | null {
  const name = new RegExp(`(?<![\\w$])${wanted.name.replace(/\W/g, '\\$&')}(?![\\w$])`)
  const parts = [...expected.values()].filter(
    (fact) =>
      fact.table === wanted.table &&
      !['column', 'trigger', 'grant', 'owner'].includes(fact.kind) &&
      name.test([fact.name, ...Object.values(fact.is)].flat().join('\n')),
  )
  return withoutViewsOf(wanted, expected, [
    `ALTER TABLE ${tableOf(wanted)} DROP COLUMN ${quote(wanted.name)}`,
    addColumn(wanted),
    ...createWithin(parts, expected),
  ])
}

function retype(wanted: Fact, actual: Fact, retyped: boolean): string[] {
  if (!retyped) return []
  const isPlain = wanted.is.generated === undefined
  const using = isPlain ? ` USING ${quote(wanted.name)}::${wanted.is.type}` : ''
  return [
    ...(isPlain && mayLose(wanted, actual) ? [refuseLoss(wanted, actual)] : []),
    // it may not fit the new type
    ...(actual.is.default === undefined ? [] : [alter(wanted, 'DROP DEFAULT')]),
    alter(wanted, `TYPE ${typeText(wanted)}${using}`),
  ]
}

/** A text that is read as something else is refused where it cannot be, and comes back in another spelling. */
const mayLose = ({ is: { type: wanted } }: Fact, { is: { type: actual } }: Fact): boolean =>
  wanted !== actual && wanted !== 'jsonb' && (isText(wanted) || !isText(actual))

const isText = (type: unknown): boolean => /^(?:character|text)/.test(String(type))

/** Fails where a value would not come back as it was: a fraction that is rounded, a text that is cut off. */
function refuseLoss(wanted: Fact, actual: Fact): string {
  const column = quote(wanted.name)
  const back = `${column}::${wanted.is.type}::${actual.is.type}::text`
  const message = `Values of ${wanted.table}.${wanted.name} would be lost as ${wanted.is.type}.`
  return `DO $undo$BEGIN IF EXISTS (SELECT FROM ${tableOf(wanted)} WHERE ${back} IS DISTINCT FROM ${column}::text) THEN RAISE EXCEPTION USING MESSAGE = ${literal(message)}; END IF; END$undo$`
}

function redefault(wanted: Fact, actual: Fact, retyped: boolean, expected: Snapshot): string[] {
  if (same('default', wanted, actual) && !retyped) return []
  if (wanted.is.default === undefined) {
    return actual.is.default === undefined || retyped ? [] : [alter(wanted, 'DROP DEFAULT')]
  }
  const { before, after } = ownedSequences([wanted], expected)
  const sequence = ownedSequence(wanted, expected)
  return [
    ...before,
    alter(wanted, `SET DEFAULT ${wanted.is.default}`),
    ...after,
    ...(sequence === null ? [] : [goOnAfter(wanted, wanted.is.default as string)]),
  ]
}

/** A sequence that was made anew must not give numbers that rows have. */
const goOnAfter = (column: Fact, nextval: string): string =>
  `SELECT setval(${nextval.slice('nextval('.length, -1)}, GREATEST(${nextval}, (SELECT max(${quote(column.name)}) FROM ${tableOf(column)})))`

function identify(wanted: Fact, actual: Fact): string[] {
  if (!wanted.is.identity || same('identity', wanted, actual)) return []
  const generated = `GENERATED ${String(wanted.is.identity).toUpperCase()}`
  if (actual.is.identity) return [alter(wanted, `SET ${generated}`)]
  const [table, column] = [tableOf(wanted), quote(wanted.name)]
  const sequence = `pg_get_serial_sequence('${table.replaceAll("'", "''")}', '${wanted.name.replaceAll("'", "''")}')`
  return [
    ...(actual.is.default === undefined || !same('default', wanted, actual)
      ? []
      : [alter(wanted, 'DROP DEFAULT')]),
    alter(wanted, `ADD ${generated} AS IDENTITY`),
    `SELECT setval(${sequence}, (SELECT COALESCE(max(${column}), 0) + 1 FROM ${table}), false)`,
  ]
}
