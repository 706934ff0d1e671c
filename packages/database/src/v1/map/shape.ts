import { isObject, type Quarantine } from '../record.ts'
import { entriesOf } from './fields.ts'
import type { FileKind, Item } from './file-kind.ts'
import { kindOfValue } from './mapping.ts'
import { pointer } from './pointer.ts'

/** What a parsed file holds: its records, and what stands where a list should. */
export interface Shape {
  /** In the file's order; made one by one, once, since a large file has millions. */
  readonly items: Iterable<Omit<Item, 'file'>>
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
  if (isObject(value) && Object.keys(value).length === 0) return { items: [], unknown: [] }
  if (Array.isArray(value) && value.length === 0) return { items: [], unknown: [] }
  const found = Array.isArray(value)
    ? lists.includes('') && [['', value] as const]
    : entriesOf(value)?.filter(([name]) => name !== '' && lists.includes(String(name)))
  if (!found || found.length === 0) {
    const names = lists.map((list) => (list === '' ? 'a bare list' : `'${list}'`)).join(', ')
    return unknown('', value, `The file has none of its lists (${names}).`)
  }
  const isNoList = (list: unknown): boolean => typeof list !== 'object'
  return {
    items: itemsOf(found),
    unknown: found
      .filter(([, list]) => isNoList(list))
      .map(([name, list]) => notList(String(name), list)),
  }
}

function* itemsOf(
  lists: readonly (readonly [string | number, unknown])[],
): Generator<Omit<Item, 'file'>> {
  for (const [name, value] of lists) {
    const list = String(name)
    if (Array.isArray(value)) {
      for (const [key, item] of value.entries()) yield { list, key, value: item }
    } else if (isObject(value)) {
      for (const key of Object.keys(value)) yield { list, key, value: value[key] }
    }
  }
}

/** What stands where a list should. */
export const notList = (list: string, value: unknown): Unknown => ({
  position: pointer(list),
  value,
  quarantine: {
    code: 'SHAPE_UNKNOWN',
    message: `${kindOfValue(value)} stands here, not a list.`,
  },
})

function unknown(position: string, value: unknown, message: string): Shape {
  const quarantine: Quarantine = { code: 'SHAPE_UNKNOWN', message }
  return { items: [], unknown: [{ position, value, quarantine }] }
}
