import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { MigrateError } from '../../../errors.ts'
import type { BackupPort, BackupSource, Copied, CopyOptions, Dialect } from '../../port.ts'
import { connect, connectReader, pragma } from '../connection.ts'
import { translated } from '../errors.ts'
import { sessionOn } from '../session.ts'
import { copyPages, removeWithSidecars } from './copy.ts'
import { examine } from './examine.ts'
import { assertGoesOn } from './goes-on.ts'
import { countRows } from './inspect.ts'
import { restoreState } from './live-state.ts'
import { prepare, removeAbandonedRestores } from './prepare.ts'
import { readRawCopy } from './raw-copy.ts'
import { discardSetAside, setAside } from './set-aside.ts'

/**
 * How much the WAL may grow while a copy pins it, as a part of the database. Measured: 0.7 % for 1 GB beside a writer
 * that commits six pages every 15 ms. The rest is for slower disks and larger transactions.
 */
const WAL_GROWTH = 0.1
/** What a WAL has at any time: SQLite's 1000 pages before a checkpoint, at its usual page size. */
const WAL_REST_BYTES = 1000 * 4096

const CHUNK_BYTES = 256 << 10

/** SQLite's online backup of `source`, and the way back. `open` makes the dialect of another file. */
export function createBackup(
  source: string,
  open: (file: string) => Dialect,
): Omit<BackupPort, 'extension' | 'restoreFolder'> {
  return {
    probe: async () => probe(source),
    copy: (file, options) => copy(source, file, options),
    read: readRawCopy,
    rows: () => rows(source),
    restoreState: () => restoreState(source),
    prepare: (raw, options) => prepare(source, raw, options, open),
    removeAbandoned: () => removeAbandonedRestores(source),
    previous: async () => setAside(source),
    previousNotes: async () => [],
    discardPrevious: async (name) => discardSetAside(source, name),
  }
}

function probe(source: string): BackupSource {
  const db = connectReader(source)
  try {
    const bytes = Number(pragma(db, 'page_count')) * Number(pragma(db, 'page_size'))
    const wal = pragma(db, 'journal_mode') === 'wal'
    return {
      serverVersion: String(db.prepare('SELECT sqlite_version() AS version').get()?.version),
      bytes,
      // it is checked before it is packed
      staged: true,
      growth: wal ? WAL_REST_BYTES + Math.ceil(bytes * WAL_GROWTH) : 0,
    }
  } catch (cause) {
    throw translated(cause, source)
  } finally {
    db.close()
  }
}

async function rows(source: string): Promise<Readonly<Record<string, number>>> {
  const session = sessionOn(connectReader(source), source)
  try {
    return await countRows(session)
  } finally {
    await session.close()
  }
}

async function copy(source: string, file: string, options: CopyOptions): Promise<Copied> {
  const { onProgress, signal, look, pack } = options
  const { pages, pageSize } = await copyPages(source, file, {
    onBytes: (done, total) => onProgress('copy', done, total),
    signal,
  })
  const bytes = pages * pageSize
  try {
    const copied = await check(file, bytes, options)
    const session = sessionOn(connect(file, 'immutable=1'), file)
    try {
      await look(session)
    } finally {
      await session.close()
    }
    if (pack) await packAll(file, bytes, pack, options)
    return copied
  } catch (thrown) {
    removeWithSidecars(file)
    throw thrown
  }
}

/** Reads the copy through, nothing of the source being held any more. */
async function check(
  file: string,
  bytes: number,
  { onProgress, signal }: CopyOptions,
): Promise<Copied> {
  onProgress('check', 0, bytes)
  try {
    const { problems, content, read } = await examine(file, 'quick_check', signal, (done) =>
      onProgress('check', done, bytes),
    )
    if (problems.length > 0) throw unsound(file, problems)
    return { content, read }
  } catch (cause) {
    assertGoesOn(signal)
    const error = translated(cause, file)
    // what else a check can stumble over: a virtual table's content, a function of the application
    throw error.code === 'STATEMENT_FAILED' ? unsound(file, [(cause as Error).message]) : error
  }
}

async function packAll(
  file: string,
  bytes: number,
  pack: (raw: Readable) => Promise<void>,
  { onProgress, signal }: CopyOptions,
): Promise<void> {
  onProgress('pack', 0, bytes)
  let done = 0
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const chunk of createReadStream(file, { highWaterMark: CHUNK_BYTES, signal })) {
      yield chunk
      done += chunk.length
      onProgress('pack', done, bytes)
    }
  }
  try {
    await pack(Readable.from(counted(), { objectMode: false }))
  } catch (thrown) {
    assertGoesOn(signal)
    throw thrown
  }
  if (done !== bytes) throw unsound(file, ['it was not packed to its end'])
  await rm(file)
}

const unsound = (file: string, problems: readonly string[]): MigrateError =>
  new MigrateError('BACKUP_FAILED', {
    message: `The copy ${file} is not sound: ${problems.join('; ')}`,
    hint: 'The database itself is damaged, or its disk is: look at it with `PRAGMA integrity_check`.',
  })
