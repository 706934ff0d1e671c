import { MigrateError } from '../errors.ts'
import { compareVersions, nearest } from './version.ts'

/** A version and what it declares; null: it follows the version before it. */
export interface Node {
  readonly version: string
  readonly dependsOn: readonly string[] | null
}

/** The versions in an order in which each comes after what it depends on; ties go by version. */
export interface Graph {
  readonly order: readonly string[]
  /** What each version needs directly. */
  readonly dependencies: ReadonlyMap<string, readonly string[]>
}

/**
 * Orders migrations by their dependencies, in time linear in nodes and edges but for the sort.
 * Throws DEPENDENCY_MISSING and DEPENDENCY_CYCLE, with the path.
 */
export function createGraph(nodes: readonly Node[]): Graph {
  const sorted = [...nodes].sort((a, b) => compareVersions(a.version, b.version))
  const rank = new Map(sorted.map((node, index) => [node.version, index]))
  const dependencies = new Map<string, readonly string[]>()
  const dependents: number[][] = sorted.map(() => [])
  const missing = new Int32Array(sorted.length)
  for (const [index, node] of sorted.entries()) {
    const needs =
      node.dependsOn ?? sorted.slice(Math.max(0, index - 1), index).map((n) => n.version)
    dependencies.set(node.version, needs)
    for (const need of needs) {
      const at = rank.get(need)
      if (at === undefined) throw unknownDependency(node.version, need, rank.keys())
      dependents[at]?.push(index)
      missing[index] = (missing[index] ?? 0) + 1
    }
  }

  const ready = createHeap()
  for (let index = 0; index < sorted.length; index++) if (missing[index] === 0) ready.push(index)
  const order: string[] = []
  for (let at = ready.pop(); at !== undefined; at = ready.pop()) {
    order.push((sorted[at] as Node).version)
    for (const dependent of dependents[at] ?? []) {
      const left = (missing[dependent] ?? 0) - 1
      missing[dependent] = left
      if (left === 0) ready.push(dependent)
    }
  }
  if (order.length < sorted.length) throw cycle(dependencies, new Set(order))
  return { order, dependencies }
}

/** `start` and everything that follows `edges` from it. */
export function closure(
  start: Iterable<string>,
  edges: (version: string) => Iterable<string>,
): Set<string> {
  const found = new Set<string>()
  const open = [...start]
  for (let version = open.pop(); version !== undefined; version = open.pop()) {
    if (found.has(version)) continue
    found.add(version)
    open.push(...edges(version))
  }
  return found
}

function unknownDependency(
  version: string,
  need: string,
  versions: Iterable<string>,
): MigrateError {
  const near = nearest(
    need,
    [...versions].filter((known) => known !== version),
  )
  return new MigrateError('DEPENDENCY_MISSING', {
    message: `${version} depends on ${need}, which does not exist.${near ? ` Is ${near} meant?` : ''}`,
  })
}

function cycle(
  dependencies: ReadonlyMap<string, readonly string[]>,
  sorted: ReadonlySet<string>,
): MigrateError {
  // every version left over needs another one left over, so following them must come round
  const path: string[] = []
  const position = new Map<string, number>()
  let version = [...dependencies.keys()].find((key) => !sorted.has(key)) as string
  while (!position.has(version)) {
    position.set(version, path.length)
    path.push(version)
    version = dependencies.get(version)?.find((need) => !sorted.has(need)) as string
  }
  const circle = [...path.slice(position.get(version)), version]
  return new MigrateError('DEPENDENCY_CYCLE', {
    message:
      circle.length === 2
        ? `${version} depends on itself.`
        : `These migrations depend on each other in a circle: ${circle.join(' → ')}.`,
  })
}

/** A binary heap of integers, smallest first. */
function createHeap() {
  const heap: number[] = []
  const at = (index: number): number => heap[index] ?? Number.POSITIVE_INFINITY
  const swap = (a: number, b: number): void => {
    const kept = at(a)
    heap[a] = at(b)
    heap[b] = kept
  }
  return {
    push(value: number): void {
      heap.push(value)
      for (let child = heap.length - 1; child > 0; ) {
        const parent = (child - 1) >> 1
        if (at(parent) <= at(child)) return
        swap(parent, child)
        child = parent
      }
    },
    pop(): number | undefined {
      const top = heap[0]
      const last = heap.pop()
      if (last === undefined || heap.length === 0) return top
      heap[0] = last
      for (let parent = 0; ; ) {
        const left = 2 * parent + 1
        const child = at(left + 1) < at(left) ? left + 1 : left
        if (at(parent) <= at(child)) return top
        swap(parent, child)
        parent = child
      }
    },
  }
}
