import { devNull } from 'node:os'
import { addAbortSignal, Readable } from 'node:stream'
import { MigrateError } from '../../../errors.ts'
import { type Ended, runProgram } from './child.ts'
import { toolEnvironment } from './client-environment.ts'
import { chooseNewest } from './tools.ts'

/** 'archive': pg_dump's custom format. 'sql': its plain text, which holds COPY data and commands of psql. */
export type RawKind = 'archive' | 'sql'

/** As much of both ends as tells what a raw copy is. */
export const HEAD_BYTES = 8192
export const TAIL_BYTES = 4096

/** A byte order mark of UTF-8, read as Latin 1. */
export const BOM = '\xef\xbb\xbf'

/** What a raw copy is by its first bytes. Throws BACKUP_DAMAGED, BACKUP_WRONG_DIALECT. */
export function kindOf(head: Buffer): RawKind {
  if (head.subarray(0, 5).toString('latin1') === 'PGDMP') return 'archive'
  const text = head.toString('latin1')
  if (text.startsWith('SQLite format 3\0') || /^\s*PRAGMA foreign_keys\s*=/i.test(text)) {
    throw new MigrateError('BACKUP_WRONG_DIALECT', {
      message: 'The backup is of a SQLite database; it cannot be restored into PostgreSQL.',
    })
  }
  // it holds dumps of databases, the first of them perhaps near its beginning
  if (/^-- PostgreSQL database cluster dump\r?$/m.test(text)) {
    throw new MigrateError('BACKUP_DAMAGED', {
      message: 'The file is a dump of a whole server by pg_dumpall, and not of one database.',
      hint: 'Dump the one database with pg_dump -Fc, or restore the whole into a server of its own with psql.',
    })
  }
  if (DUMP_HEADER.test(text)) return 'sql'
  throw new MigrateError('BACKUP_DAMAGED', {
    message:
      head.length === 0
        ? 'The backup is empty.'
        : 'The file is neither a dump of pg_dump in its custom format nor one in SQL.',
  })
}

const DUMP_HEADER = /^(?:\xef\xbb\xbf)?--\r?\n-- PostgreSQL database dump\r?\n/m

/** Throws BACKUP_DAMAGED where the end of a dump in SQL is not its end: psql would not notice. */
export function assertWhole(tail: Buffer): void {
  if (/^-- PostgreSQL database dump complete\r?$/m.test(tail.toString('latin1'))) return
  throw new MigrateError('BACKUP_DAMAGED', {
    message: 'The dump was cut: "PostgreSQL database dump complete" does not stand at its end.',
  })
}

/**
 * Reads a raw copy to its end: a dump that was cut still lists its contents, only reading all of it shows. Throws
 * BACKUP_DAMAGED, BACKUP_WRONG_DIALECT, BACKUP_NEWER, BACKUP_TOOL_MISSING.
 */
export async function readRaw(
  raw: Readable,
  signal: AbortSignal,
  folders: readonly string[],
): Promise<void> {
  addAbortSignal(signal, raw)
  try {
    const chunks = raw[Symbol.asyncIterator]() as AsyncIterator<Buffer>
    const head = await readHead(chunks)
    if (kindOf(head) === 'sql') return assertWhole(await readTail(head, chunks))
    await readArchive(Readable.from(joined(head, chunks), { objectMode: false }), signal, folders)
    // whoever measures what passes has to see it all
    while (!(await chunks.next()).done);
  } catch (error) {
    if (signal.aborted) throw new MigrateError('INTERRUPTED', { cause: error })
    throw error
  } finally {
    raw.destroy()
  }
}

async function readHead(chunks: AsyncIterator<Buffer>): Promise<Buffer> {
  const read: Buffer[] = []
  for (let bytes = 0; bytes < HEAD_BYTES; bytes += read.at(-1)?.length ?? 0) {
    const { value, done } = await chunks.next()
    if (done) break
    read.push(value)
  }
  return Buffer.concat(read)
}

async function* joined(head: Buffer, chunks: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield head
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value
}

async function readTail(head: Buffer, chunks: AsyncIterator<Buffer>): Promise<Buffer> {
  let tail: Buffer = Buffer.alloc(0)
  for await (const chunk of joined(head, chunks)) {
    tail = chunk.length >= TAIL_BYTES ? chunk : Buffer.concat([tail, chunk])
    tail = tail.subarray(-TAIL_BYTES)
  }
  return tail
}

async function readArchive(
  input: Readable,
  signal: AbortSignal,
  folders: readonly string[],
): Promise<void> {
  const { path } = await chooseNewest('pg_restore', folders)
  const ended = await runProgram({
    path,
    args: ['--file', devNull],
    env: toolEnvironment(),
    signal,
    input,
  })
  if (!ended.succeeded) throw unreadable(ended)
}

/** What pg_restore says of an archive that it cannot read, as an error. */
export function unreadable({ words, said, crashed }: Ended): MigrateError {
  if (/unsupported version/.test(said)) {
    return new MigrateError('BACKUP_NEWER', {
      message: `The dump is of a newer pg_dump than the newest pg_restore here: ${words}`,
      hint: 'Install the client programs of that version or a later one.',
    })
  }
  return new MigrateError('BACKUP_DAMAGED', {
    message: `The dump cannot be read: ${crashed ? `${crashed}, as it may over a damaged dump.` : words}`,
  })
}
