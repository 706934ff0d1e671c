import { open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { MigrateError } from '../../../errors.ts'
import { assertGoesOn } from './goes-on.ts'
import { HEADER_BYTES, isDatabase, readHeader } from './header.ts'

/** The largest file format that this SQLite reads: 2 is WAL. */
const READABLE = 2

const POSTGRES_DUMP = Buffer.from('PGDMP', 'latin1')

/**
 * Reads a raw copy to its end: does it begin as a database, and is it as long as its header says? Throws BACKUP_DAMAGED,
 * BACKUP_WRONG_DIALECT, BACKUP_NEWER, INTERRUPTED.
 */
export async function readRawCopy(raw: Readable, signal: AbortSignal): Promise<void> {
  let start = Buffer.alloc(0)
  let size = 0
  for await (const chunk of raw as AsyncIterable<Buffer>) {
    assertGoesOn(signal)
    size += chunk.length
    if (start.length >= HEADER_BYTES) continue
    start = Buffer.concat([start, chunk.subarray(0, HEADER_BYTES)])
    if (start.length >= HEADER_BYTES) assertKnown(start)
  }
  assertGoesOn(signal)
  assertKnown(start)
  assertWhole(start, size)
}

/** The same for a file, of which only the beginning is read. False for what is no database: SQL text, perhaps. */
export async function isRawDatabase(file: string): Promise<boolean> {
  const handle = await open(file, 'r')
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0)
    const start = buffer.subarray(0, bytesRead)
    assertNotForeign(start)
    if (!isDatabase(start)) return false
    assertKnown(start)
    assertWhole(start, (await handle.stat()).size)
    return true
  } finally {
    await handle.close()
  }
}

function assertKnown(start: Buffer): void {
  assertNotForeign(start)
  const header = readHeader(start)
  if (!header) throw damaged('it does not begin as a SQLite database does')
  if (header.readVersion <= READABLE) return
  throw new MigrateError('BACKUP_NEWER', {
    message: `The backup has SQLite's file format ${header.readVersion}; this one reads formats up to ${READABLE}.`,
    hint: 'Use a newer Node.js, with a newer SQLite, to restore it.',
  })
}

function assertNotForeign(start: Buffer): void {
  if (start.length === 0) throw damaged('it is empty')
  if (start.subarray(0, POSTGRES_DUMP.length).equals(POSTGRES_DUMP)) throw fromPostgres()
}

function assertWhole(start: Buffer, size: number): void {
  const header = readHeader(start)
  if (!header) return
  const { pages, pageSize } = header
  const due = pages === null ? Math.max(1, Math.ceil(size / pageSize)) : pages
  if (size === due * pageSize) return
  throw damaged(`it has ${size} bytes where its header says ${due * pageSize}`)
}

export const damaged = (why: string, cause?: unknown): MigrateError =>
  new MigrateError('BACKUP_DAMAGED', {
    message: `The backup is damaged: ${why}. The database was not touched.`,
    cause,
  })

export const fromPostgres = (): MigrateError =>
  new MigrateError('BACKUP_WRONG_DIALECT', {
    message: 'The backup is a dump of PostgreSQL, and the database is SQLite.',
  })
