import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { VersionStatus } from '../../src/journal/read.ts'
import { createGraph } from '../../src/migration/graph.ts'
import { planDown } from '../../src/plan/down.ts'
import type { PlannedMigration } from '../../src/plan/plan.ts'
import { type PlanInput, planUp } from '../../src/plan/up.ts'

/** `{ a: [], b: ['a'] }`, what the journal says, and what cannot go back. */
function world(
  dependencies: Record<string, string[]>,
  statuses: Record<string, VersionStatus> = {},
  irreversible: readonly string[] = [],
): PlanInput {
  const nodes = Object.entries(dependencies)
  return {
    graph: createGraph(nodes.map(([version, dependsOn]) => ({ version, dependsOn }))),
    migrations: new Map(
      nodes.map(([version]): [string, PlannedMigration] => [
        version,
        {
          version,
          description: version,
          transaction: { up: true, down: true },
          noWayBack: irreversible.includes(version) ? 'irreversible' : null,
        },
      ]),
    ),
    rows: new Map(Object.entries(statuses).map(([version, status]) => [version, { status }])),
  }
}

const diamond = { a: [], b: ['a'], c: ['a'], d: ['b', 'c'], e: [] }

const up: {
  name: string
  input: PlanInput
  target?: string
  steps: string[]
  leftOut?: string[]
}[] = [
  { name: 'an empty journal runs all', input: world(diamond), steps: ['a', 'b', 'c', 'd', 'e'] },
  {
    name: 'a target runs what it needs and says what it leaves out',
    input: world(diamond),
    target: 'c',
    steps: ['a', 'c'],
    leftOut: ['b', 'd', 'e'],
  },
  {
    name: 'pending is a set difference: a gap is filled',
    input: world(diamond, { a: 'applied', c: 'applied', e: 'applied' }),
    steps: ['b', 'd'],
  },
  {
    name: 'failed and rolled back versions run again',
    input: world(diamond, { a: 'applied', b: 'failed', c: 'rolled_back', e: 'applied' }),
    steps: ['b', 'c', 'd'],
  },
  {
    name: 'a target that is applied leaves nothing to do',
    input: world(diamond, { a: 'applied', c: 'applied' }),
    target: 'c',
    steps: [],
    leftOut: ['b', 'd', 'e'],
  },
]
for (const { name, input, target, steps, leftOut = [] } of up) {
  test(name, () => {
    const plan = planUp(input, target ?? null)
    assert.deepEqual(
      plan.steps.map((step) => step.version),
      steps,
    )
    assert.deepEqual(plan.leftOut, leftOut)
  })
}

test('why a step runs is said', () => {
  const plan = planUp(world(diamond, { a: 'rolled_back', b: 'failed' }), 'd')
  assert.deepEqual(
    plan.steps.map((step) => [step.version, step.reason]),
    [
      ['a', 'again'],
      ['b', 'retry'],
      ['c', 'needed'],
      ['d', 'pending'],
    ],
  )
})

test('a version merged late runs, with a warning', () => {
  const plan = planUp(world({ a: [], b: [], c: [] }, { a: 'applied', c: 'applied' }), null)
  assert.deepEqual(
    plan.findings.map(({ code, severity, at }) => [code, severity, at?.version]),
    [['OUT_OF_ORDER', 'warning', 'b']],
  )
})

test('a rollback of what others need is refused with their names', () => {
  const input = world(diamond, { a: 'applied', b: 'applied', c: 'applied', d: 'applied' })
  assert.throws(() => planDown(input, 'b', false), {
    code: 'HAS_DEPENDENTS',
    message: 'Applied migrations depend on b: d.',
  })
})

test('with dependents, what runs last goes first', () => {
  const input = world(diamond, { a: 'applied', b: 'applied', c: 'applied', d: 'applied' })
  assert.deepEqual(
    planDown(input, 'a', true).steps.map((step) => [step.version, step.reason]),
    [
      ['d', 'dependent'],
      ['c', 'dependent'],
      ['b', 'dependent'],
      ['a', 'asked'],
    ],
  )
})

test('what is not applied, not known or irreversible is refused', () => {
  const input = world({ a: [], b: ['a'] }, { a: 'applied', b: 'applied' }, ['b'])
  assert.throws(() => planDown(input, 'a', true), { code: 'IRREVERSIBLE', message: /^b/ })
  assert.throws(() => planDown(input, 'x', false), { code: 'UNKNOWN_VERSION' })
  assert.throws(() => planDown(world({ a: [] }), 'a', false), { code: 'NOT_APPLIED' })
  assert.throws(() => planUp(input, 'aa'), { code: 'UNKNOWN_VERSION', message: /Is a meant/ })
})
