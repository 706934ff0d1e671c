import { type Difference, diffSnapshots } from '../schema/diff.ts'
import type { Scene } from './scene.ts'

const known = new WeakMap<Scene, Promise<readonly Difference[]>>()

/** What tells the schema from the one that the applied versions make; none where that is not known. Compared once. */
export function differencesOf(scene: Scene): Promise<readonly Difference[]> {
  const before = known.get(scene)
  if (before) return before
  const now = compare(scene)
  known.set(scene, now)
  return now
}

async function compare(scene: Scene): Promise<readonly Difference[]> {
  const expected = await scene.expected()
  return 'fault' in expected ? [] : diffSnapshots(expected.snapshot, await scene.live())
}
