import type { Inventory, InventoryEntry } from '../directory/inventory.ts'
import { changed } from '../directory/source-errors.ts'
import type { Hooks } from './hooks.ts'

/** Where files are read from. */
export interface Source extends Pick<Hooks, 'signal' | 'onNote' | 'onBytes'> {
  readonly inventory: Inventory
  /** SHA-256 by path, of what was archived: what is imported must be the same. Null where nothing was archived. */
  readonly archived: ReadonlyMap<string, string> | null
}

/** Throws IMPORT_SOURCE_CHANGED where it is not what was archived. */
export function assertArchived(
  { archived }: Source,
  { path }: InventoryEntry,
  sha256: string,
): void {
  if (archived && archived.get(path) !== sha256) throw changed([path])
}

/** What a note says of a number that was kept as its text. */
export const NUMBER = 'A number of more digits than a computer keeps is kept as text.'
