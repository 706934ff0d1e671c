// https://www.sqlite.org/fileformat.html, section 1.3

export const HEADER_BYTES = 100

const MAGIC = Buffer.from('SQLite format 3\0', 'latin1')

/** What the first bytes of a database file say of it. */
export interface Header {
  readonly pageSize: number
  /** Null where a very old SQLite wrote last, which did not keep it. */
  readonly pages: number | null
  /** 1: rollback journal, 2: WAL. A larger one needs a newer SQLite to be read. */
  readonly readVersion: number
}

export const isDatabase = (start: Buffer): boolean =>
  start.length >= MAGIC.length && start.subarray(0, MAGIC.length).equals(MAGIC)

/** Null for what is no header of a database. */
export function readHeader(start: Buffer): Header | null {
  if (start.length < HEADER_BYTES || !isDatabase(start)) return null
  const size = start.readUInt16BE(16)
  const pageSize = size === 1 ? 65536 : size
  if (pageSize < 512 || (pageSize & (pageSize - 1)) !== 0) return null
  const pages = start.readUInt32BE(28)
  // the page count holds where whoever changed the file last wrote it too
  const kept = pages > 0 && start.readUInt32BE(24) === start.readUInt32BE(92)
  return { pageSize, pages: kept ? pages : null, readVersion: start.readUInt8(19) }
}
