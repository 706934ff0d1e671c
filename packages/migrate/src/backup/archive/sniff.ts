import { AGE_MAGIC } from './age.ts'
import { frameKind } from './zstd-frame.ts'

/** What a backup can be packed in. */
export type Layer = 'age' | 'zstd' | 'gzip'

/** What a raw copy can be: a SQLite database, an archive of pg_dump's (-Fc), or SQL as text. */
export type RawKind = 'sqlite' | 'pg_dump' | 'sql'

/** As many bytes as it takes to tell. */
export const HEAD_BYTES = 4096

const GZIP_MAGIC = '\x1f\x8b'
const ZSTD_MAGIC = '\x28\xb5\x2f\xfd'
const SQLITE_MAGIC = 'SQLite format 3\0'
const PG_DUMP_MAGIC = 'PGDMP'
const MAGICS = [AGE_MAGIC, GZIP_MAGIC, ZSTD_MAGIC, SQLITE_MAGIC, PG_DUMP_MAGIC]

/** What these bytes are the beginning of. */
export function layerOf(head: Buffer): Layer | null {
  if (startsWith(head, AGE_MAGIC)) return 'age'
  if (startsWith(head, GZIP_MAGIC)) return 'gzip'
  return frameKind(head) === null ? null : 'zstd'
}

export function rawKindOf(head: Buffer): RawKind | null {
  if (startsWith(head, SQLITE_MAGIC)) return 'sqlite'
  if (startsWith(head, PG_DUMP_MAGIC)) return 'pg_dump'
  return head.length > 0 && foreignKindOf(head) === null && isText(head) ? 'sql' : null
}

/** Of pg_dump's formats that are more than one file. */
export const PG_DUMP_WAY_OUT =
  'Dump with pg_dump -Fc; or make SQL of it first, with pg_restore --file=dump.sql and its name, and restore that.'

/** What this tool does not read, and what makes it something that it does. */
const FOREIGN: readonly (readonly [magic: string, at: number, kind: string, wayOut: string])[] = [
  ['-----BEGIN AGE ENCRYPTED FILE', 0, 'an age file as text', 'Decrypt it first, with age -d.'],
  ['PK\x03\x04', 0, 'a zip archive', 'Unpack it first, with unzip.'],
  ['toc.dat\0', 0, 'a dump of pg_dump in its tar format', PG_DUMP_WAY_OUT],
  ['ustar', 257, 'a tar archive', 'Unpack it first, with tar -xf.'],
  ['\xfd7zXZ\0', 0, 'compressed with xz', 'Unpack it first, with xz -d.'],
  ['BZh', 0, 'compressed with bzip2', 'Unpack it first, with bzip2 -d.'],
  ['\x04\x22\x4d\x18', 0, 'compressed with lz4', 'Unpack it first, with lz4 -d.'],
  ['7z\xbc\xaf\x27\x1c', 0, 'a 7z archive', 'Unpack it first, with 7z x.'],
  ['\xff\xfe', 0, 'text in UTF-16', 'Convert it first, with iconv -f UTF-16 -t UTF-8.'],
]

/** What else it is, of which there may be a way to a backup. */
export function foreignKindOf(head: Buffer): { kind: string; wayOut: string } | null {
  const found = FOREIGN.find(([magic, at]) => startsWith(head.subarray(at), magic))
  return found ? { kind: found[2], wayOut: found[3] } : null
}

const startsWith = (bytes: Buffer, magic: string): boolean =>
  bytes.subarray(0, magic.length).equals(Buffer.from(magic, 'latin1'))

/**
 * No control characters but tab, line feed, form feed and carriage return, in any encoding that has ASCII in it; and
 * not the first few bytes of something else, that was cut off.
 */
const isText = (head: Buffer): boolean =>
  head.every((byte) => byte >= 0x20 || byte === 9 || byte === 10 || byte === 12 || byte === 13) &&
  !MAGICS.some((magic) => magic.startsWith(head.toString('latin1')))

/**
 * How many bytes a SQLite database has by its own header, where that is valid; null where it is not.
 * https://www.sqlite.org/fileformat2.html#in_header_database_size
 */
export function sqliteSize(head: Buffer): number | null {
  if (head.length < 100) return null
  const stored = head.readUInt16BE(16)
  const pageSize = stored === 1 ? 65536 : stored
  const pages = head.readUInt32BE(28)
  const isValid = pages > 0 && head.readUInt32BE(24) === head.readUInt32BE(92)
  return isValid ? pageSize * pages : null
}
