import { type Fact, factKey, type Snapshot } from './snapshot.ts'

const FORMAT = 1

interface Kept {
  readonly format: typeof FORMAT
  /** The hash of the log's entry that it follows; older ones have none. */
  readonly entry?: string
  readonly facts: readonly Fact[]
  readonly access: readonly Fact[]
}

/** Who may do what with the schema: no generated snapshot knows it. */
export const isAccess = ({ kind }: Fact): boolean => kind === 'grant' || kind === 'owner'

/** A schema, who may do what with it included, as a text that can be kept; `entry` is the hash of what it follows. */
export function formatKept(schema: Snapshot, entry: string): string {
  const all = [...schema.values()]
  const kept: Kept = {
    format: FORMAT,
    entry,
    facts: all.filter((fact) => !isAccess(fact)),
    access: all.filter(isAccess),
  }
  return JSON.stringify(kept)
}

/**
 * The schema that {@link formatKept} wrote down; null for what a later version of this tool wrote. The text's hash has
 * been compared, so each fact is not looked at again: every run pays for it.
 */
export function parseKept(text: string): Snapshot | null {
  const kept: Kept | { readonly format: unknown } = JSON.parse(text)
  if (kept.format !== FORMAT || !('facts' in kept)) return null
  return new Map([...kept.facts, ...kept.access].map((fact) => [factKey(fact), fact]))
}

/** The hash of the log's entry that a kept text follows; null where it does not say. */
export function entryOfKept(text: string): string | null {
  const { entry }: { readonly entry?: unknown } = JSON.parse(text)
  return typeof entry === 'string' ? entry : null
}
