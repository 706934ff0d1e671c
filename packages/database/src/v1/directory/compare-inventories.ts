import type { Inventory, InventoryEntry } from './inventory.ts'
import { changed } from './source-errors.ts'

/** Throws IMPORT_SOURCE_CHANGED, naming up to three files, unless both inventories hold the very same files. */
export function assertUnchanged(before: Inventory, after: Inventory): void {
  // two names may print alike: what is counted is the entry
  const counts = new Map<string, number>()
  const paths = new Set<string>()
  for (const entry of before.entries) {
    const facts = factsOf(entry)
    counts.set(facts, (counts.get(facts) ?? 0) + 1)
  }
  for (const entry of after.entries) {
    const facts = factsOf(entry)
    const count = counts.get(facts) ?? 0
    counts.set(facts, count - 1)
    if (count === 0) paths.add(entry.path)
  }
  for (const entry of before.entries) {
    if ((counts.get(factsOf(entry)) ?? 0) > 0) paths.add(entry.path)
  }
  if (before.directory !== after.directory) paths.add(after.directory)
  if (paths.size > 0) throw changed([...paths].sort())
}

const factsOf = ({ path, kind, bytes, mtimeNs, ino }: InventoryEntry): string =>
  [path, kind, bytes, mtimeNs, ino].join('\0')
