import type { Category, Finding } from '../finding.ts'
import { type Difference, describeDifference, factOf, sameDefinition } from '../schema/diff.ts'
import type { Fact, FactKind } from '../schema/snapshot.ts'
import { isTuning } from '../schema/tuning.ts'
import { beingBuilt } from './being-built.ts'
import { type Check, skipped } from './check.ts'
import { differencesOf } from './differences.ts'

const ofKinds = (category: Category, name: string, kinds: readonly FactKind[]): Check => ({
  category,
  name,
  async run(scene) {
    const expected = await scene.expected()
    // nothing can be said of the schema without it; that is told once
    if ('fault' in expected) return skipped(expected.fault.message)
    const { snapshot, leftovers } = expected
    const differences = await differencesOf(scene)
    const columns = differences.filter((difference) => factOf(difference).kind === 'column')
    const findings = differences
      .filter((difference) => !columns.some((column) => comesOf(difference, column)))
      .filter((difference) => kinds.includes(factOf(difference).kind))
      .filter((difference) => !isOwn(difference, scene.settings.ownTables))
      .map((difference) => describe(difference, leftovers))
    const checked = [...snapshot.values()].filter(({ kind }) => kinds.includes(kind)).length
    const notes = kinds.includes('index') ? beingBuilt(await scene.live()) : []
    return { checked, findings: [...findings, ...notes] }
  },
})

/** What the applied versions make, all of it: the generated snapshot says what that is. */
export const DECLARED: readonly Check[] = [
  {
    category: 'schema',
    name: 'generated snapshot',
    async run(scene) {
      const expected = await scene.expected()
      return { checked: 1, findings: 'fault' in expected ? [expected.fault] : [] }
    },
  },
  ofKinds('schema', 'tables', ['table']),
  ofKinds('schema', 'columns', ['column']),
  ofKinds('schema', 'primary keys', ['primary_key']),
  ofKinds('schema', 'views', ['view']),
  ofKinds('schema', 'triggers', ['trigger']),
  ofKinds('schema', 'functions, types and sequences', [
    'function',
    'type',
    'sequence',
    'extension',
  ]),
  ofKinds('indexes', 'expected indexes', ['index']),
  ofKinds('constraints', 'foreign keys declared', ['foreign_key']),
  ofKinds('constraints', 'unique constraints declared', ['unique']),
  ofKinds('constraints', 'checks declared', ['check', 'exclusion']),
]

/** An index or a constraint that stands or falls with a column, which is told already. */
function comesOf(difference: Difference, column: Difference): boolean {
  const { kind, table, is } = factOf(difference)
  const { table: of, name } = factOf(column)
  if (kind === 'column' || table !== of || column.kind === 'different') return false
  if ((column.kind === 'missing') === (difference.kind === 'unexpected')) return false
  const columns = Array.isArray(is.columns) ? is.columns : []
  return [...columns, String(is.where ?? '')].some((text) => text.split(/\W+/).includes(name))
}

/** Tables of the project's own tools, which no migration made, and what `--fix` put rows into. */
function isOwn({ kind, actual }: Difference, names: readonly string[]): boolean {
  if (kind !== 'unexpected' || actual?.kind !== 'table') return false
  return names.includes(actual.name) || isQuarantine(actual.name)
}

/** Where `validate --fix` puts rows that it takes out of a table. */
export const quarantineOf = (table: string): string => `quarantine_${table}`

export const isQuarantine = (table: string): boolean => table.startsWith(quarantineOf(''))

/**
 * A table, view or function that no migration made is noted: others may use the database as well. What a failed version
 * left is told as that.
 */
function describe(difference: Difference, leftovers: ReadonlyMap<string, string>): Finding {
  const { kind, key } = difference
  const at = { object: key }
  const version = kind === 'unexpected' ? leftovers.get(key) : undefined
  if (version !== undefined) return leftover(key, version)
  const message = `${describeDifference(difference)}.`
  if (kind === 'unexpected' && difference.actual?.table === null) {
    return { code: 'UNEXPLAINED_OBJECT', severity: 'info', message, at }
  }
  if (isTuning(difference)) return { code: codeOf(difference), severity: 'info', message, at }
  return { code: codeOf(difference), severity: 'error', message, at, ...mending(difference) }
}

function codeOf(difference: Difference): Finding['code'] {
  const { kind } = difference
  const fact = factOf(difference)
  if (difference.actual?.is.invalid === true) return 'INDEX_INVALID'
  if (isUnproven(difference)) return 'CONSTRAINT_UNPROVEN'
  if (fact.kind === 'index') return kind === 'missing' ? 'INDEX_MISSING' : 'INDEX_DIFFERS'
  if (!CONSTRAINTS.has(fact.kind)) return 'SCHEMA_DIFFERS'
  return kind === 'missing' ? 'CONSTRAINT_MISSING' : 'CONSTRAINT_DIFFERS'
}

/** The index is the expected one, but its build was broken off. */
const isInvalid = (expected: Fact | undefined, actual: Fact | undefined): boolean =>
  expected?.kind === 'index' && isSameBut('invalid', expected, actual)

/** The constraint is the expected one, but older rows may break it (PostgreSQL's NOT VALID). */
const isUnproven = ({ expected, actual }: Difference): boolean =>
  expected !== undefined && isSameBut('notValid', expected, actual)

function isSameBut(part: string, expected: Fact, actual: Fact | undefined): boolean {
  if (actual?.is[part] !== true) return false
  const { [part]: _, ...rest } = actual.is
  return sameDefinition(expected, { ...actual, is: rest })
}

const CONSTRAINTS: ReadonlySet<FactKind> = new Set(['foreign_key', 'unique', 'check', 'exclusion'])

function mending({ kind, expected, actual }: Difference): Pick<Finding, 'fix' | 'mend'> {
  if (isInvalid(expected, actual)) {
    const { table, name: index } = actual as Fact & { table: string }
    return {
      fix: 'It is built anew by `validate --fix`.',
      mend: { kind: 'rebuild_index', table, index },
    }
  }
  if (kind === 'missing' && expected?.kind === 'index' && expected.table !== null) {
    const { table, name: index } = expected
    return {
      fix: 'It is built by `validate --fix`.',
      mend: { kind: 'build_index', table, index },
    }
  }
  return {
    fix: 'See `drift --sql` for the statements; put it back by hand, or make the change a migration.',
  }
}

const leftover = (key: string, version: string): Finding => ({
  code: 'LEFTOVER',
  severity: 'warning',
  message: `${key} was left by ${version}, which failed.`,
  at: { object: key, version },
  fix: `\`migrate\` completes ${version}, \`rollback --version ${version}\` removes what it left.`,
})
