import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createGraph, type Node } from '../../src/migration/graph.ts'

const node = (version: string, ...dependsOn: string[]): Node => ({ version, dependsOn })

test('a migration comes after what it depends on, ties go by version', () => {
  const { order } = createGraph([node('a', 'z'), node('c'), node('z', 'c'), node('b')])
  assert.deepEqual(order, ['b', 'c', 'z', 'a'])
})

test('a migration that declares nothing follows the version before it', () => {
  const { dependencies, order } = createGraph([
    { version: 'v3', dependsOn: null },
    { version: 'v1', dependsOn: null },
    { version: 'v2', dependsOn: [] },
  ])
  assert.deepEqual(order, ['v1', 'v2', 'v3'])
  assert.deepEqual(dependencies.get('v1'), [])
  assert.deepEqual(dependencies.get('v2'), [])
  assert.deepEqual(dependencies.get('v3'), ['v2'])
})

test('a cycle is refused with its path', () => {
  assert.throws(
    () => createGraph([node('a', 'b'), node('b', 'c'), node('c', 'a'), node('d', 'a')]),
    {
      code: 'DEPENDENCY_CYCLE',
      message: /a → b → c → a|b → c → a → b|c → a → b → c/,
    },
  )
})

test('a dependency on itself is refused', () => {
  assert.throws(() => createGraph([node('a', 'a')]), {
    code: 'DEPENDENCY_CYCLE',
    message: 'a depends on itself.',
  })
})

test('a dependency that does not exist is refused, with the nearest name', () => {
  assert.throws(() => createGraph([node('v001_initial'), node('v002', 'v001_inital')]), {
    code: 'DEPENDENCY_MISSING',
    message: /v002 depends on v001_inital, which does not exist. Is v001_initial meant\?/,
  })
})

test('whatever the graph, each migration appears once and after its dependencies', () => {
  const graphs = fc
    .array(fc.array(fc.nat(50), { maxLength: 5 }), { minLength: 1, maxLength: 50 })
    .map((needs) =>
      needs.map((list, index) =>
        node(`v${index}`, ...new Set(list.filter((n) => n < index).map((n) => `v${n}`))),
      ),
    )
  fc.assert(
    fc.property(graphs, fc.infiniteStream(fc.nat()), (nodes, seeds) => {
      const shuffled = [...nodes]
        .map((item) => ({ item, key: seeds.next().value as number }))
        .sort((a, b) => a.key - b.key)
        .map(({ item }) => item)
      const { order } = createGraph(shuffled)
      assert.deepEqual(order, createGraph(nodes).order)
      assert.equal(new Set(order).size, nodes.length)
      for (const { version, dependsOn } of nodes) {
        for (const need of dependsOn ?? []) {
          assert.ok(order.indexOf(need) < order.indexOf(version))
        }
      }
    }),
  )
})
