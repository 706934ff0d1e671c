import type { DialectName } from '@fossawork/migrate'
import type { FieldKey } from '../../credentials/keys.ts'
import type { Inventory } from '../directory/inventory.ts'
import { createDigest } from './digest.ts'
import { type PreparedStep, prepareSteps } from './prepare-steps.ts'
import { type RetriedRecord, retryWalk } from './retry-walk.ts'
import { createSealing } from './sealing.ts'
import { walk } from './walk.ts'

/** Where V1's records come from. */
export type Source =
  | {
      readonly kind: 'directory'
      readonly inventory: Inventory
      /** SHA-256 by path, of what was archived: what is imported must be the same. Null where nothing was archived. */
      readonly archived: ReadonlyMap<string, string> | null
      /** Only these users of V1, by id or e-mail; null: all, and what belongs to nobody. */
      readonly only: readonly string[] | null
    }
  | { readonly kind: 'quarantine'; readonly rows: readonly RetriedRecord[] }

/** All that is needed to make of V1's records what is written; plain values, so that another thread can do it. */
export interface Preparing {
  readonly source: Source
  /** The users that V2 has: their e-mails, by id. */
  readonly known: ReadonlyMap<string, string>
  readonly dialect: DialectName
  readonly digestKey: string
  /** Seals. */
  readonly key: FieldKey
}

/** What preparing asks of the one who imports. */
export interface Asking {
  readonly signal: AbortSignal
  /** The external ids of the work orders that V2 has of a user. */
  readonly workOrdersOf: (userId: string) => Promise<ReadonlySet<string>>
  /** Told before a file of more than 1 MB is read. */
  readonly onReading?: (path: string) => void
}

/** Makes of V1's records what is written, many at a time. Nothing is asked of the database but through `asking`. */
export function prepareRecords(
  { source, known, dialect, digestKey, key }: Preparing,
  asking: Asking,
): AsyncGenerator<readonly PreparedStep[]> {
  const keys = { primary: key, byId: (id: string) => (id === key.id ? key : undefined), from: '' }
  const tools = { dialect, digest: createDigest(digestKey), sealing: createSealing(keys, dialect) }
  return prepareSteps((listeners) => {
    const hooks = { ...asking, ...listeners, known }
    return source.kind === 'directory'
      ? walk({ ...hooks, ...source })
      : retryWalk({ ...hooks, ...source })
  }, tools)
}
