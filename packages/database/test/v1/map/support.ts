import { createHash } from 'node:crypto'
import type { FileKind, UserContext, Whole } from '../../../src/v1/map/file-kind.ts'
import { kindOf } from '../../../src/v1/map/kinds.ts'
import { shapeOf } from '../../../src/v1/map/shape.ts'
import type { Mapping } from '../../../src/v1/record.ts'

export const USER = '5d41402abc4b2a76b9719d911017c592'

export const userWith = (...workOrders: string[]): UserContext => ({
  userId: USER,
  email: 'robin@example.com',
  hasWorkOrder: (id) => workOrders.includes(id),
})

export function wholeOf(file: string, value: unknown, text = JSON.stringify(value)): Whole {
  const sha256 = createHash('sha256').update(text).digest('hex')
  return { file, value, text, bytes: Buffer.byteLength(text), sha256 }
}

export function kind(name: string): FileKind {
  const found = kindOf(name)
  if (!found) throw new Error(`No kind ${name}`)
  return found
}

/** All that a file of a user's folder comes to: of the file, then of its lists. */
export function mapFile(name: string, value: unknown, user = userWith()): Mapping[] {
  const { lists, whole, item } = kind(name)
  const shape = lists.length > 0 ? shapeOf({ lists }, value) : { items: [], unknown: [] }
  return [
    ...(whole?.(wholeOf(name, value), user) ?? []),
    ...shape.unknown.map(({ quarantine, ...record }) => ({
      record: { file: name, ...record },
      notes: [],
      quarantine,
    })),
    ...[...shape.items].flatMap((one) => item?.({ file: name, ...one }, user) ?? []),
  ]
}

export function rowOf(mapping: Mapping | undefined) {
  if (!mapping || !('row' in mapping)) throw new Error(`No row: ${JSON.stringify(mapping)}`)
  return mapping.row
}

export const valuesOf = (mapping: Mapping | undefined) => rowOf(mapping).values

/** What became of a mapping in a word: its table, or the code of its quarantine. */
export const fateOf = (mapping: Mapping): string =>
  'row' in mapping ? mapping.row.table : mapping.quarantine.code

export const placesOf = (mappings: readonly Mapping[]): string[] =>
  mappings.map((mapping) => `${mapping.record.position} ${fateOf(mapping)}`)

export const notesOf = (...mappings: (Mapping | undefined)[]): string[] =>
  mappings.flatMap((one) => one?.notes ?? []).map(({ code, position }) => `${code} ${position}`)
