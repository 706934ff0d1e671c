import { statSync } from 'node:fs'
import { hostname, userInfo } from 'node:os'
import type { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { MigrateError } from '../../errors.ts'
import type { LockHolder } from '../../events.ts'
import type { LockRequest, RunLock } from '../port.ts'
import { connect, createPrivate, databaseExists } from './connection.ts'
import { lockFile } from './database-files.ts'
import { isBusy, translated } from './errors.ts'

// The lock is an open BEGIN IMMEDIATE on a database beside the real one. Its journal is not a WAL, so that
// its one row, which says who holds it, can be read meanwhile, and the operating system ends it with the process.

const FIRST_POLL_MS = 25
const LAST_POLL_MS = 250
const TELL_MS = 1000
const OPEN_MS = 1000

/** Throws LOCK_TIMEOUT, INTERRUPTED, DATABASE_MISSING for a missing folder, READ_ONLY. */
export async function acquireLock(file: string, request: LockRequest): Promise<RunLock> {
  const path = lockFile(file)
  createPrivate(path)
  const inode = identity(path)
  let db: DatabaseSync | undefined
  try {
    db = connectLock(path)
    await waitFor(db, path, request)
    const lock = heldLock(db, path, inode)
    await lock.assertHeld()
    return lock
  } catch (cause) {
    db?.close()
    throw translated(cause, path)
  }
}

async function waitFor(db: DatabaseSync, path: string, request: LockRequest): Promise<void> {
  const since = performance.now()
  let told = Number.NEGATIVE_INFINITY
  for (let poll = FIRST_POLL_MS; ; poll = Math.min(poll * 1.5, LAST_POLL_MS)) {
    assertNotAborted(request.signal)
    if (await tryToHold(db, request)) return
    const waitedMs = performance.now() - since
    const holder = readHolder(db)
    if (waitedMs >= request.waitMs) throw timeout(path, holder, waitedMs)
    if (waitedMs - told >= TELL_MS) {
      told = waitedMs
      request.onWaiting(holder, Math.round(waitedMs))
    }
    const pause = Math.min(poll * (0.5 + Math.random()), request.waitMs - waitedMs)
    await sleep(pause, undefined, request.signal && { signal: request.signal }).catch(() => {})
  }
}

/** Writes who we are and holds the lock; false where another was faster, at any point. */
async function tryToHold(db: DatabaseSync, { runId, purpose }: LockRequest): Promise<boolean> {
  if (!tryExec(db, 'BEGIN IMMEDIATE')) return false
  const who = { ...whoWeAre(), since: new Date().toISOString(), purpose, runId }
  db.exec('CREATE TABLE IF NOT EXISTS holder (who TEXT NOT NULL); DELETE FROM holder')
  db.prepare('INSERT INTO holder VALUES (?)').run(JSON.stringify(who))
  // whoever reads the row at this moment is done with it soon, and none can begin to
  while (!tryExec(db, 'COMMIT')) await sleep(1)
  if (!tryExec(db, 'BEGIN IMMEDIATE')) return false
  if (readRow(db)?.runId === runId) return true
  db.exec('ROLLBACK')
  return false
}

function heldLock(db: DatabaseSync, path: string, inode: string | null): RunLock {
  return {
    terminated: 0,
    async assertHeld() {
      if (db.isOpen && db.isTransaction && identity(path) === inode) return
      throw new MigrateError('LOCK_LOST', {
        message: `The lock file ${path} was removed during the run, or the lock was released.`,
        hint: 'Never delete the lock file; then run again.',
      })
    },
    async release() {
      if (!db.isOpen) return
      if (db.isTransaction) db.exec('ROLLBACK')
      db.close()
    },
  }
}

/** Which file stands at `path`: one that was deleted and made again is another one, and locks nobody out. */
function identity(path: string): string | null {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat ? `${stat.dev} ${stat.ino} ${stat.birthtimeMs}` : null
}

/** Opening may have to wait a moment for another's commit, or for the clearing up after a dead one. */
function connectLock(path: string): DatabaseSync {
  const db = connect(path, 'mode=rw', OPEN_MS)
  db.exec('PRAGMA busy_timeout=0')
  return db
}

/** Who holds the lock; null when nobody does, or when this user may not find out. Creates nothing. */
export async function lockHolder(file: string): Promise<LockHolder | null> {
  const path = lockFile(file)
  if (!databaseExists(path)) return null
  let db: DatabaseSync | undefined
  try {
    db = connectLock(path)
    // a runner that polls holds it for a moment without being the holder
    for (let attempt = 0; attempt < 3; attempt++) {
      if (tryExec(db, 'BEGIN IMMEDIATE')) return null
      await sleep(5)
    }
    return readHolder(db) ?? { pid: null, host: null, user: null, since: null, purpose: null }
  } catch (cause) {
    const error = translated(cause, path)
    if (error.code === 'READ_ONLY') return null
    throw error
  } finally {
    db?.close()
  }
}

/** Throws LOCK_HELD while a process holds the lock: only its end frees it. */
export async function breakLock(file: string): Promise<void> {
  const holder = await lockHolder(file)
  if (!holder) return
  throw new MigrateError('LOCK_HELD', {
    message: `The lock of ${file} is held by ${describe(holder)}.`,
    hint: `Stop that process${holder.pid === null ? '' : `: kill ${holder.pid}`}. The lock ends with it.`,
  })
}

function tryExec(db: DatabaseSync, sql: string): boolean {
  try {
    db.exec(sql)
    return true
  } catch (error) {
    if (isBusy(error)) return false
    throw error
  }
}

interface HolderRow extends LockHolder {
  readonly runId: string
}

function readRow(db: DatabaseSync): HolderRow | null {
  const row = db.prepare('SELECT who FROM holder').get()
  return row ? JSON.parse(String(row.who)) : null
}

/** Null too where the row is being written at this moment, or was never. */
function readHolder(db: DatabaseSync): LockHolder | null {
  try {
    const row = readRow(db)
    if (!row) return null
    const { runId: _, ...holder } = row
    return holder
  } catch {
    return null
  }
}

function whoWeAre(): { pid: number; host: string; user: string | null } {
  let user: string | null = null
  try {
    user = userInfo().username
  } catch {
    // a user id without a name, as containers have them
  }
  return { pid: process.pid, host: hostname(), user }
}

function assertNotAborted(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return
  throw new MigrateError('INTERRUPTED', { message: 'Interrupted while waiting for the lock.' })
}

const describe = ({ pid, host, since, purpose }: LockHolder): string =>
  pid === null
    ? 'another process'
    : `process ${pid} on ${host}, which runs \`${purpose}\` since ${since}`

function timeout(path: string, holder: LockHolder | null, waitedMs: number): MigrateError {
  const by = holder ? describe(holder) : 'another process'
  return new MigrateError('LOCK_TIMEOUT', {
    message: `The lock ${path} is held by ${by}; waited ${Math.round(waitedMs / 1000)} s.`,
  })
}
