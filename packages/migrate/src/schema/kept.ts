import { type Fact, factKey, type Snapshot } from './snapshot.ts'

const FORMAT = 1

interface Kept {
  readonly format: typeof FORMAT
  readonly facts: readonly Fact[]
  readonly access: readonly Fact[]
}

/** Who may do what with the schema: no generated snapshot knows it. */
export const isAccess = ({ kind }: Fact): boolean => kind === 'grant' || kind === 'owner'

/** A schema, who may do what with it included, as a text that can be kept. */
export function formatKept(schema: Snapshot): string {
  const all = [...schema.values()]
  const kept: Kept = {
    format: FORMAT,
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
