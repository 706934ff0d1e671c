import type { Quarantine } from '../record.ts'
import { entriesOf } from './fields.ts'
import type { FileKind, Item } from './file-kind.ts'
import { kindOfValue } from './mapping.ts'
import { pointer } from './pointer.ts'

/** What a parsed file holds: its records, and what stands where a list should. */
export interface Shape {
  /** In the file's order. */
  readonly items: readonly Omit<Item, 'file'>[]
  readonly unknown: readonly Unknown[]
}

interface Unknown {
  readonly position: string
  readonly value: unknown
  readonly quarantine: Quarantine
}

/**
 * The records of a parsed file of a kind that has lists. A list is an array, or an object by key;
 * null is an empty one. Quarantined as SHAPE_UNKNOWN: a list that is neither, and the file itself
 * where it has none of its lists (but an empty object or array has zero records).
 */
export function shapeOf({ lists }: Pick<FileKind, 'lists'>, value: unknown): Shape {
  const members = entriesOf(value)
  if (members?.length === 0) return { items: [], unknown: [] }
  const found = Array.isArray(value)
    ? lists.includes('') && [['', value] as const]
    : members?.filter(([name]) => name !== '' && lists.includes(String(name)))
  if (!found || found.length === 0) {
    const names = lists.map((list) => (list === '' ? 'a bare list' : `'${list}'`)).join(', ')
    return unknown('', value, `The file has none of its lists (${names}).`)
  }
  const shapes = found.map(([name, list]) => listed(String(name), list))
  return {
    items: shapes.flatMap(({ items }) => items),
    unknown: shapes.flatMap((shape) => shape.unknown),
  }
}

function listed(list: string, value: unknown): Shape {
  const entries = value === null ? [] : entriesOf(value)
  if (!entries)
    return unknown(pointer(list), value, `${kindOfValue(value)} stands here, not a list.`)
  return { items: entries.map(([key, value]) => ({ list, key, value })), unknown: [] }
}

function unknown(position: string, value: unknown, message: string): Shape {
  const quarantine: Quarantine = { code: 'SHAPE_UNKNOWN', message }
  return { items: [], unknown: [{ position, value, quarantine }] }
}
