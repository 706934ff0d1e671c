import { type Look, MigrateError, type Row } from '@fossawork/migrate'
import { open, parseSealed, type SealPlace } from './cipher.ts'
import type { FieldKeys } from './keys.ts'
import { placeIn, type SecretPlace } from './places.ts'
import { isSecretName, type JsonPlace, mapSecrets, mayHoldSecrets } from './secret-fields.ts'
import { type SecretTable, secretTables } from './tables.ts'
import { type Scope, type StoredRow, walk } from './walk.ts'

/**
 * How a secret stands: in clear; on the primary key; on an older one; on a key that is not here; or sealed by us and
 * altered, moved or damaged since. Told by a strict parse and by opening it, never by a guess.
 */
export type Standing = 'clear' | 'primary' | 'older' | 'unknown' | 'unreadable'

export interface FoundSecret {
  readonly place: SealPlace
  /** Where in the JSON; null for a column that is a secret as a whole. */
  readonly pointer: string | null
  readonly value: string | number
  readonly standing: Standing
  /** Of one that is sealed. */
  readonly keyId: string | null
}

/** A stored value that holds secrets; `secrets` is null for what should be JSON and is none. */
export interface FoundCell {
  readonly column: SecretPlace
  readonly place: JsonPlace
  readonly text: string
  readonly secrets: readonly FoundSecret[] | null
}

export interface FoundRow {
  readonly stored: Row
  readonly owner: string | null
  readonly cells: readonly FoundCell[]
}

export interface Part {
  readonly table: SecretTable
  /** How many rows were looked at; `rows` are those that hold secrets. */
  readonly looked: number
  readonly rows: readonly FoundRow[]
}

/** Goes over every place that holds secrets, a part of a table at a time. */
export async function* scan(look: Look, keys: FieldKeys, scope: Scope): AsyncGenerator<Part> {
  for (const table of await secretTables(look)) {
    for await (const stored of walk(look, table, scope)) {
      const rows = stored
        .map((row) => examine(table, row, keys))
        .filter(({ cells }) => cells.length)
      yield { table, looked: stored.length, rows }
    }
  }
}

function examine(table: SecretTable, { row, owner }: StoredRow, keys: FieldKeys): FoundRow {
  const cells: FoundCell[] = []
  for (const column of table.places) {
    const text = textOf(row[column.column])
    if (!text) continue
    const place = placeIn(column, row)
    const secrets =
      column.kind === 'whole' ? [secretAt(place, null, text, keys)] : inJson(place, text, keys)
    if (secrets === null || secrets.length) cells.push({ column, place, text, secrets })
  }
  return { stored: row, owner, cells }
}

/** SQLite lets bytes stand in a column of text, and numbers in one of JSON. */
function textOf(value: unknown): string | null {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8')
  return value === null ? null : String(value)
}

function inJson(place: JsonPlace, text: string, keys: FieldKeys): FoundSecret[] | null {
  const isSecret = isSecretName(place.name ?? '')
  if (!isSecret && !mayHoldSecrets(text)) return []
  const secrets: FoundSecret[] = []
  try {
    mapSecrets(
      JSON.parse(text),
      (value, pointer) => {
        const at = { ...place, column: `${place.column}#${pointer}` }
        secrets.push(secretAt(at, pointer, value, keys))
        return value
      },
      isSecret,
    )
  } catch (thrown) {
    // no JSON, or nested too deep
    if (thrown instanceof SyntaxError || thrown instanceof RangeError) return null
    throw thrown
  }
  return secrets
}

function secretAt(
  place: SealPlace,
  pointer: string | null,
  value: string | number,
  keys: FieldKeys,
): FoundSecret {
  const keyId = typeof value === 'string' ? (parseSealed(value)?.keyId ?? null) : null
  const standing = keyId === null ? 'clear' : standingOf(String(value), place, keyId, keys)
  return { place, pointer, value, standing, keyId }
}

function standingOf(text: string, place: SealPlace, keyId: string, keys: FieldKeys): Standing {
  if (!keys.byId(keyId)) return 'unknown'
  try {
    open(text, place, keys)
  } catch (thrown) {
    if (thrown instanceof MigrateError && thrown.code === 'CREDENTIAL_UNREADABLE')
      return 'unreadable'
    throw thrown
  }
  return keyId === keys.primary.id ? 'primary' : 'older'
}
