import type { DialectName } from '@fossawork/migrate'
import { open, seal } from '../../credentials/cipher.ts'
import type { FieldKeys } from '../../credentials/keys.ts'
import { PLACES, placeIn, placeOf } from '../../credentials/places.ts'
import { isSecretName, mapSecrets, openJson, sealJson } from '../../credentials/secret-fields.ts'
import type { RecordKey } from './books.ts'
import { jsonText } from './json-text.ts'

type Values = Readonly<Record<string, unknown>>

/** Turns what people mean into what is stored, and back: no secret stands in clear in between. */
export interface Sealing {
  /** A column's text as it is stored; `values` are the row's. */
  seal(table: string, column: string, values: Values, text: string): string
  /** A stored text as it was meant. What does not open is unlike anything that V1 could say. */
  open(table: string, column: string, row: Values, stored: string): string
  sealContent(key: RecordKey, content: string): string
  openContent(key: RecordKey, sealed: string): string
}

export function createSealing(keys: FieldKeys, dialect: DialectName): Sealing {
  return {
    seal(table, column, values, text) {
      const place = byColumn.get(table)?.get(column)
      if (!place) return text
      if (place.kind === 'whole') return seal(text, placeIn(place, values), keys)
      const value = values[column]
      // most JSON holds no secret: then nobody has to know where it stands
      const name = place.name === undefined ? '' : String(values[place.name])
      if (mapSecrets(value, () => null, isSecretName(name), name) === value) return text
      return jsonText(sealJson(value, placeIn(place, values), keys), dialect)
    },
    open(table, column, row, stored) {
      const place = placeOf(table, column, row)
      if (!place || (place.kind === 'json' && !stored.includes('enc:v1:'))) return stored
      try {
        if (place.kind === 'whole') return open(stored, place, keys)
        return jsonText(openJson(JSON.parse(stored), place, keys), dialect)
      } catch {
        return '\0unreadable'
      }
    },
    sealContent: (key, content) => seal(content, contentPlace(key), keys),
    openContent: (key, sealed) => open(sealed, contentPlace(key), keys),
  }
}

/** The columns that hold secrets, by table. */
const byColumn = new Map(
  [...Map.groupBy(PLACES, ({ table }) => table)].map(([table, places]) => [
    table,
    new Map(places.filter(({ kind }) => kind !== 'hash').map((place) => [place.column, place])),
  ]),
)

function contentPlace({ userId, table, identity }: RecordKey) {
  const row = { user_id: userId, target_table: table, identity }
  const place = placeOf('v1_import_records', 'content', row)
  if (!place) throw new Error('v1_import_records.content has no place')
  return place
}
