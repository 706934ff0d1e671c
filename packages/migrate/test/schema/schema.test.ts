import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { tempFolder } from '../../../../test/support/databases.ts'
import { judge } from '../../src/schema/danger.ts'
import { describeDifference, diffSnapshots } from '../../src/schema/diff.ts'
import { findLeftovers } from '../../src/schema/leftovers.ts'
import { type Fact, type FactKind, snapshotOf } from '../../src/schema/snapshot.ts'
import {
  composeVersions,
  formatSchemaVersions,
  readSchemaVersions,
  versionFacts,
} from '../../src/schema/versions.ts'

const fact = (kind: FactKind, table: string | null, name: string, is: Fact['is'] = {}): Fact => ({
  kind,
  table,
  name,
  is,
})
const table = (name: string, ...columns: string[]): Fact[] => [
  fact('table', null, name),
  ...columns.map((column) => fact('column', name, column, { type: 'TEXT' })),
]

test('a table that is missing as a whole is one difference', () => {
  const expected = snapshotOf([...table('a', 'x', 'y'), ...table('b', 'z')])
  const live = snapshotOf([...table('b', 'z'), ...table('stranger', 'q', 'r')])
  assert.deepEqual(diffSnapshots(expected, live).map(describeDifference), [
    'table a is missing',
    'table stranger is there, and no migration made it',
  ])
})

test('a difference says what is and what should be', () => {
  const was = fact('column', 'a', 'x', { type: 'VARCHAR(255)', notNull: true })
  const is = fact('column', 'a', 'x', { notNull: true, type: 'VARCHAR(100)' })
  assert.deepEqual(diffSnapshots(snapshotOf([was]), snapshotOf([is])).map(describeDifference), [
    'column a.x: type is "VARCHAR(100)", should be "VARCHAR(255)"',
  ])
  const reordered = fact('column', 'a', 'x', { notNull: true, type: 'VARCHAR(255)' })
  assert.deepEqual(diffSnapshots(snapshotOf([was]), snapshotOf([reordered])), [])
})

const facts = fc.uniqueArray(
  fc.record(
    {
      kind: fc.constantFrom<FactKind>('column', 'index', 'view'),
      table: fc.constantFrom('t', 'u'),
      name: fc.constantFrom('a', 'b', 'c', 'd'),
      is: fc.record(
        { type: fc.constantFrom('TEXT', 'INTEGER'), unique: fc.boolean() },
        { noNullPrototype: true },
      ),
    },
    { noNullPrototype: true },
  ),
  { selector: ({ kind, table, name }) => `${kind} ${table}.${name}` },
)

test('what each version does, composed, is the schema that they made', async (t) => {
  const folder = await tempFolder(t)
  await fc.assert(
    fc.asyncProperty(fc.array(facts, { minLength: 1, maxLength: 4 }), async (states) => {
      let before = snapshotOf([])
      const versions = new Map(
        states.map((state, index) => {
          const after = snapshotOf(state)
          const made = versionFacts(before, after, `checksum ${index}`)
          before = after
          return [`v${index}`, made] as const
        }),
      )
      await writeFile(join(folder, 'schema.sqlite.json'), formatSchemaVersions(versions))
      const read = readSchemaVersions(folder, 'sqlite')
      assert.ok(read)
      assert.deepEqual(read, versions)
      assert.deepEqual(diffSnapshots(composeVersions(read, read.keys()), before), [])
    }),
    { numRuns: 200 },
  )
})

test("leftovers are a version's own things, whole tables compared", () => {
  const versions = new Map([
    ['v1', { checksum: '1', adds: table('a', 'x'), removes: [] }],
    ['v2', { checksum: '2', adds: [...table('b', 'y', 'z')], removes: ['column a.x'] }],
  ])
  const kinds = (live: Fact[]) => {
    const { exact, different, damaged } = findLeftovers(versions, 'v2', ['v1'], snapshotOf(live))
    return [exact, different, damaged].map((list) => list.map(({ name }) => name))
  }
  assert.deepEqual(kinds(table('a', 'x')), [[], [], []])
  assert.deepEqual(kinds([...table('a', 'x'), ...table('b', 'y', 'z')]), [['b', 'y', 'z'], [], []])
  assert.deepEqual(kinds([...table('a', 'x'), ...table('b', 'y')]), [['y'], ['b'], []])
  assert.deepEqual(kinds([...table('a', 'x'), ...table('b', 'y', 'z', 'own')]), [
    ['y', 'z'],
    ['b'],
    [],
  ])
  assert.deepEqual(kinds(table('a')), [[], [], ['x']])
})

test('what only changes how rows are stored and looked after is harmless, and anything else is not', () => {
  const judged = (kind: 'table' | 'index' | 'view', before: string[], now: string[], more = {}) => {
    const fact = (options: string[]): Fact => ({ kind, table: null, name: 'x', is: { options } })
    const actual = { ...fact(now), is: { options: now, ...more } }
    return judge({ kind: 'different', key: `${kind} x`, expected: fact(before), actual }).danger
  }
  const tuned = ['autovacuum_enabled=false', 'toast.autovacuum_enabled=false', 'fillfactor=70']
  assert.equal(judged('table', [], [...tuned, 'parallel_workers=2']), 'harmless')
  assert.equal(
    judged('table', ['fillfactor=70', 'user_catalog_table=true'], ['user_catalog_table=true']),
    'harmless',
  )
  assert.equal(judged('index', [], ['fastupdate=off']), 'harmless')
  assert.equal(judged('table', [], ['fillfactor=70', 'user_catalog_table=true']), 'dangerous')
  assert.equal(judged('table', [], ['fillfactor=70'], { rowSecurity: true }), 'dangerous')
  assert.equal(judged('view', [], ['security_barrier=true']), 'dangerous')
})
