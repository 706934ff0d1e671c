import { closeSync, openSync, readSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { MigrateError } from '../../../errors.ts'
import type { Swap } from '../../port.ts'
import { pragma } from '../connection.ts'
import { copyPages, removeWithSidecars } from './copy.ts'
import { digestOf } from './examine.ts'

export interface Claim {
  readonly live: string
  /** Where a copy may stand for a while: a path in a private folder. */
  readonly beside: string
  /** A connection to the live database that sees whether others commit. */
  readonly watcher: DatabaseSync
  /** Of what was written. */
  readonly digest: string
  readonly pages: number
  /** The watcher's data version right after it was written. */
  readonly version: number
}

// what was begun is now read to its end
const NEVER = new AbortController().signal

/**
 * Reads the live database again and compares it with what was written into it. Where they differ, somebody must have
 * committed since; otherwise throws RESTORE_FAILED, and says that the live database was changed.
 */
export async function prove(claim: Claim): Promise<Swap['proof']> {
  const { live, watcher, version, pages } = claim
  const proof = await readAgain(claim)
  if (proof.same) return 'digest'
  if (proof.version !== version || othersWroteLast(`${live}-wal`, pages)) return 'changed'
  throw new MigrateError('RESTORE_FAILED', {
    message:
      `The backup was written into ${live}, but what can be read there is something else` +
      ` (${pragma(watcher, 'page_count')} pages, ${pages} were written).`,
    hint: 'Stop all programs that use it and restore again; what was there before is in the safety backup.',
  })
}

/** `version`: the watcher's data version when what was read began. */
async function readAgain({ live, beside, watcher, digest, version }: Claim) {
  const copy = `${beside}-proof`
  let began = version
  try {
    await copyPages(live, copy, {
      onBytes: (done) => {
        if (done === 0) began = Number(pragma(watcher, 'data_version'))
      },
      signal: NEVER,
    })
    return { same: (await digestOf(copy, NEVER)) === digest, version: began }
  } catch (cause) {
    // without WAL, commits of others can keep it from being read in one go
    const now = Number(pragma(watcher, 'data_version'))
    if (now !== version) return { same: false, version: now }
    throw new MigrateError('RESTORE_FAILED', {
      message: `The backup was written into ${live}, but it could not be read again: ${(cause as Error).message}`,
      hint: 'The restored data is there. Look at it with `validate`; what was there before is in the safety backup.',
      cause,
    })
  } finally {
    removeWithSidecars(copy)
  }
}

const WAL_HEADER = 32
const FRAME_HEADER = 24

/**
 * Whether the last transaction in a WAL is smaller than one that wrote `pages` pages. Tells of a commit that came
 * before the watcher's first look. https://www.sqlite.org/fileformat.html, section 4. SQLite has no lock on the file.
 */
export function othersWroteLast(wal: string, pages: number): boolean {
  let descriptor: number
  try {
    descriptor = openSync(wal, 'r')
  } catch {
    return false
  }
  try {
    const header = Buffer.alloc(WAL_HEADER)
    readSync(descriptor, header, 0, WAL_HEADER, 0)
    const step = FRAME_HEADER + header.readUInt32BE(8)
    const salts = header.subarray(16, 24)
    const frame = Buffer.alloc(FRAME_HEADER)
    let frames = 0
    let last = 0
    for (let at = WAL_HEADER; ; at += step) {
      const read = readSync(descriptor, frame, 0, FRAME_HEADER, at)
      // the rest of the file is older than the header
      if (read < FRAME_HEADER || !frame.subarray(8, 16).equals(salts)) break
      frames++
      // the size of the database stands in the frame that commits
      if (frame.readUInt32BE(4) === 0) continue
      last = frames
      frames = 0
    }
    // one page may be the one of SQLite's locks, which is never written
    return last > 0 && last < pages - 1
  } finally {
    closeSync(descriptor)
  }
}
