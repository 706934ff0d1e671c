import { createSecretKey, randomBytes } from 'node:crypto'
import { type CheckLook, MigrateError } from '@fossawork/migrate'
import { type FieldKeys, fieldKeys } from '../credentials/keys.ts'
import { filledTables, likelyRows } from '../credentials/likely-rows.ts'
import { type FoundRow, scan } from '../credentials/scan.ts'
import type { SecretTable } from '../credentials/tables.ts'
import { EVERYBODY } from '../credentials/walk.ts'
import { createTally, type Tally } from './tally.ts'

/** What one look at the credentials came to; two checks tell of it. */
export interface Seen {
  readonly rows: number
  /** Why there are no keys; null where there are some. */
  readonly noKeys: 'none' | 'unusable' | null
  /** By `table.column`. */
  readonly clear: Tally
  readonly unclear: Tally
  readonly unreadable: Tally
  /** By the id of the key. */
  readonly unknown: Tally
  /** Tables of which not every row was looked at. */
  readonly more: ReadonlySet<string>
}

const seen = new WeakMap<CheckLook, Promise<Seen>>()

/** Once a validation: both checks get the same look. */
export function see(look: CheckLook): Promise<Seen> {
  const before = seen.get(look)
  if (before) return before
  const now = lookAt(look)
  seen.set(look, now)
  return now
}

async function lookAt(look: CheckLook): Promise<Seen> {
  const { keys, noKeys } = await keysOf(look)
  const more = new Set<string>()
  const clear = createTally()
  const unclear = createTally()
  const unreadable = createTally()
  const unknown = createTally()
  let rows = 0

  const tell = (table: SecretTable, { stored, cells }: FoundRow): void => {
    const row = table.named.map((column) => `${column} ${stored[column]}`).join(', ')
    for (const { column, secrets, problem } of cells) {
      const place = `${table.name}.${column.column}`
      const where = { object: place, row: `${table.name} ${row}` }
      if (problem === 'password') unclear.add(place, where)
      for (const { standing, keyId } of secrets) {
        if (standing === 'clear') clear.add(place, where)
        else if (standing === 'unreadable') unreadable.add(place, where)
        else if (standing === 'unknown') unknown.add(keyId as string, where)
      }
    }
  }

  const likely = {
    sample: look.sample,
    onMore: (table: string) => void more.add(table),
  }
  const chosen = look.deep
    ? {}
    : {
        tables: await filledTables(look, likely),
        rows: (table: SecretTable) => likelyRows(look, table, likely),
      }
  for await (const part of scan(look, { keys, scope: EVERYBODY, ...chosen })) {
    rows += part.looked
    for (const row of part.rows) tell(part.table, row)
  }
  return { rows, noKeys, clear, unclear, unreadable, unknown, more }
}

/** Without keys a sealed secret can still be told from one in clear. */
const NO_KEYS: FieldKeys = {
  primary: { id: '', key: createSecretKey(randomBytes(32)) },
  byId: () => undefined,
  from: 'nowhere',
}

async function keysOf(look: CheckLook): Promise<{ keys: FieldKeys } & Pick<Seen, 'noKeys'>> {
  try {
    const ring = await look.keys()
    return ring ? { keys: fieldKeys(ring), noKeys: null } : { keys: NO_KEYS, noKeys: 'none' }
  } catch (thrown) {
    // the check of the master key tells of it
    if (!(thrown instanceof MigrateError)) throw thrown
    return { keys: NO_KEYS, noKeys: 'unusable' }
  }
}
