import { MigrateError, type Row } from '@fossawork/migrate'
import { open, parseSealed, type SealPlace } from './cipher.ts'
import { findSecrets, isSecretText } from './find-secrets.ts'
import type { FieldKeys } from './keys.ts'
import { lossyColumns } from './lossy-text.ts'
import { kindOfHash } from './password-hash.ts'
import { placeIn, type SecretPlace } from './places.ts'
import type { JsonPlace } from './secret-fields.ts'
import { isSecretName, mayHoldSecrets } from './secret-names.ts'
import { type SecretTable, secretTables } from './tables.ts'
import { type Scope, type StoredRow, type WalkLook, walk } from './walk.ts'

/**
 * How a secret stands: in clear; on the primary key; on an older one; on a key that is not here; or sealed by us and
 * altered, moved or damaged since. Told by a strict parse and by opening it, never by a guess.
 */
export type Standing = 'clear' | 'primary' | 'older' | 'unknown' | 'unreadable'

export interface FoundSecret {
  readonly place: SealPlace
  /** Where in the JSON; null for a column that is a secret as a whole. */
  readonly pointer: string | null
  /** Where in the stored text. */
  readonly start: number
  readonly end: number
  /** The text that stands there; of a number its digits. */
  readonly value: string
  /** What is sealed of one in clear: in JSON, its JSON text. */
  readonly plain: string
  readonly standing: Standing
  /** Of one that is sealed. */
  readonly keyId: string | null
}

/** Why nobody can say what a value holds, or what is to become of it. */
export type Problem = 'json' | 'text' | 'password'

/** A stored value that holds secrets, or may. */
export interface FoundCell {
  /** Where it stands: the place names the table, and the row may be in its quarantine. */
  readonly table: string
  readonly column: SecretPlace
  readonly place: JsonPlace
  readonly text: string
  readonly secrets: readonly FoundSecret[]
  readonly problem: Problem | null
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

export interface Scanning {
  readonly keys: FieldKeys
  readonly scope: Scope
  /** Only these tables. Default: all that there are. */
  readonly tables?: ReadonlySet<string>
  /** Only these rows of a table. Default: every one of the scope in which a column is not null. */
  readonly rows?: (table: SecretTable) => AsyncIterable<StoredRow[]>
}

/**
 * Goes over every place that holds secrets, a part of a table at a time. Throws PERMISSION_DENIED where this user does
 * not see all rows.
 */
export async function* scan(
  look: WalkLook,
  { keys, scope, tables, rows = (table) => walk(look, table, scope) }: Scanning,
): AsyncGenerator<Part, void> {
  // where a policy hides rows, that is an error, and not fewer rows
  if (look.dialect === 'postgres') await look.query('SET row_security = off')
  for (const table of await secretTables(look)) {
    if (tables && !tables.has(table.name)) continue
    try {
      for await (const stored of rows(table)) {
        const found: FoundRow[] = []
        for (const row of stored) {
          const lossy = await lossyColumns(look, table, row.row)
          const examined = examine(table, row, keys, lossy)
          if (examined.cells.length) found.push(examined)
        }
        yield { table, looked: stored.length, rows: found }
      }
    } catch (thrown) {
      throw hidden(thrown, table.name)
    }
  }
}

/** The server says which policy, and not what is to be done. */
function hidden(thrown: unknown, table: string): unknown {
  if (!(thrown instanceof MigrateError) || thrown.code !== 'PERMISSION_DENIED') return thrown
  return new MigrateError('PERMISSION_DENIED', {
    message: `This user does not see every row of ${table}, so nothing could be proved of it: ${thrown.message}`,
    hint: 'Run it as the owner of the tables or as a role with BYPASSRLS, for which row-level security hides nothing.',
    cause: thrown,
  })
}

function examine(
  table: SecretTable,
  { row, owner }: StoredRow,
  keys: FieldKeys,
  lossy: ReadonlySet<string>,
): FoundRow {
  const cells: FoundCell[] = []
  for (const column of table.places) {
    const stored = row[column.column]
    const place = placeIn(column, row)
    const cell = (text: string, found: Found): void => {
      const { secrets = [], problem = null } = found
      if (secrets.length === 0 && problem === null) return
      cells.push({ table: table.name, column, place, text, secrets, problem })
    }
    const text = lossy.has(column.column) ? null : textOf(stored)
    if (text === null) cell('', { problem: 'text' })
    else if (text !== '') cell(text, lookInto(column, place, text, keys))
  }
  return { stored: row, owner, cells }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** SQLite lets bytes stand in a column of text, and numbers in one of JSON. Null for bytes that are no text. */
function textOf(value: unknown): string | null {
  if (value === null) return ''
  if (!(value instanceof Uint8Array)) return String(value)
  try {
    return UTF8.decode(value)
  } catch {
    return null
  }
}

interface Found {
  readonly secrets?: readonly FoundSecret[]
  readonly problem?: Problem
}

function lookInto(column: SecretPlace, place: JsonPlace, text: string, keys: FieldKeys): Found {
  if (column.kind === 'json') return inJson(column, place, text, keys)
  const whole = { pointer: null, start: 0, end: text.length, text, plain: text }
  if (column.kind === 'whole') return { secrets: [secretAt(place, whole, keys)] }
  const kind = kindOfHash(text)
  if (kind === 'hash') return {}
  if (kind === 'unclear') return { problem: 'password' }
  return { secrets: [{ ...whole, place, value: text, standing: 'clear', keyId: null }] }
}

function inJson({ free }: SecretPlace, place: JsonPlace, text: string, keys: FieldKeys): Found {
  const { name = '' } = place
  const isSecret = isSecretName(name)
  if (!isSecret && !mayHoldSecrets(text, name)) return {}
  const spans = findSecrets(text, isSecret, name)
  const at = (pointer: string): SealPlace => ({ ...place, column: `${place.column}#${pointer}` })
  if (spans) {
    const secrets = spans.map((span) => {
      const plain = span.text === null ? text.slice(span.start, span.end) : quoted(span.text)
      return secretAt(at(span.pointer), { ...span, plain }, keys)
    })
    return { secrets }
  }
  // a secret as it is, which no JSON column of PostgreSQL would have taken: it comes to be a text in JSON
  if (isSecret || (free && isSecretText(text))) {
    const whole = { pointer: '', start: 0, end: text.length, text, plain: quoted(text) }
    return { secrets: [secretAt(at(''), whole, keys)] }
  }
  return free ? {} : { problem: 'json' }
}

const quoted = (text: string): string => JSON.stringify(text)

type Where = Pick<FoundSecret, 'pointer' | 'start' | 'end' | 'plain'> & {
  /** Null for a number. */
  readonly text: string | null
}

function secretAt(
  { table, column, row }: SealPlace,
  { pointer, start, end, text, plain }: Where,
  keys: FieldKeys,
): FoundSecret {
  const place = { table, column, row }
  const keyId = text === null ? null : (parseSealed(text)?.keyId ?? null)
  const standing = text === null || keyId === null ? 'clear' : standingOf(text, place, keyId, keys)
  return { place, pointer, start, end, value: text ?? plain, plain, standing, keyId }
}

function standingOf(text: string, place: SealPlace, keyId: string, keys: FieldKeys): Standing {
  try {
    open(text, place, keys)
  } catch (thrown) {
    const code = thrown instanceof MigrateError ? thrown.code : null
    if (code === 'KEY_MISSING') return 'unknown'
    if (code === 'CREDENTIAL_UNREADABLE') return 'unreadable'
    throw thrown
  }
  return keyId === keys.primary.id ? 'primary' : 'older'
}
