import type { Mapping, SourceRecord } from '../record.ts'
import { pointer } from './pointer.ts'

/** One record of a file's lists. */
export interface Item {
  /** Relative to the V1 directory, with slashes. */
  readonly file: string
  /** The top-level member that holds the list; '' for a top-level array. */
  readonly list: string
  /** The place in an array, or the key where the list is an object. */
  readonly key: string | number
  readonly value: unknown
}

/** A file that was read as a whole. */
export interface Whole {
  /** Relative to the V1 directory, with slashes. */
  readonly file: string
  /** Parsed; undefined for a text file. */
  readonly value: unknown
  readonly text: string
  readonly bytes: number
  /** Of the file's bytes, in hex. */
  readonly sha256: string
}

/** Whose file it is. */
export interface UserContext {
  /** As in V2: the e-mail's MD5, whatever the folder is called. */
  readonly userId: string
  readonly email: string | null
  /** True for a work order that is there already when dispensers come: `W-123`, cleaned. */
  hasWorkOrder(externalId: string): boolean
}

/** What one of V1's files in a user's folder is, and what becomes of it. */
export interface FileKind {
  readonly name: string
  readonly format: 'json' | 'text'
  /** Files of a folder are read in this order: work orders come before their dispensers. */
  readonly order: number
  /** The top-level members that hold its records, '' for a top-level array; none: it is one record. */
  readonly lists: readonly string[]
  /** `whole` only keeps a copy, which the archive has too. */
  readonly isCopy?: true
  /** For each record of its lists: its mapping, then those of the records within it. */
  item?(item: Item, user: UserContext): Mapping[]
  /** For the file itself, up to {@link WHOLE_LIMIT}: its mapping, then those of the records within it. */
  whole?(content: Whole, user: UserContext): Mapping[]
}

/** Bytes (8 MiB) up to which a file is read as one value, and a copy of it kept in a row. */
export const WHOLE_LIMIT = 8 * 1024 * 1024

export function itemRecord({ file, list, key, value }: Item): SourceRecord {
  return { file, position: list === '' ? pointer(key) : pointer(list, key), value }
}

export function wholeRecord({ file, value, text }: Whole): SourceRecord {
  return { file, position: '', value: value === undefined ? text : value }
}
