import type { Inventory, InventoryEntry } from './inventory.ts'
import { changed } from './source-errors.ts'

/** Throws IMPORT_SOURCE_CHANGED, naming up to three files, unless both inventories hold the very same files. */
export function assertUnchanged(before: Inventory, after: Inventory): void {
  const rest = new Map(after.entries.map((entry) => [entry.path, entry]))
  const paths: string[] = []
  for (const entry of before.entries) {
    const other = rest.get(entry.path)
    rest.delete(entry.path)
    if (!other || differs(entry, other)) paths.push(entry.path)
  }
  paths.push(...rest.keys())
  if (before.directory !== after.directory) paths.push(after.directory)
  if (paths.length) throw changed(paths)
}

const differs = (a: InventoryEntry, b: InventoryEntry): boolean =>
  a.kind !== b.kind || a.bytes !== b.bytes || a.mtimeNs !== b.mtimeNs || a.ino !== b.ino
