import { readdirSync, readlinkSync } from 'node:fs'
import { basename } from 'node:path'
import type { Blocker } from '../../../events.ts'
import { SIDECARS } from './copy.ts'

/**
 * Other processes that have a database open, as far as this user may see: SQLite itself cannot tell. Empty where there
 * is no /proc. `state` carries the program's name, never its arguments, which may hold secrets.
 */
export const openers = (file: string): Blocker[] =>
  openersOf([file, ...SIDECARS.map((suffix) => `${file}${suffix}`)])

/** The same of a file that had this name and is deleted: Linux keeps it for whoever has it open, and says so. */
export const openersOfDeleted = (file: string): Blocker[] => openersOf([`${file} (deleted)`])

function openersOf(paths: readonly string[]): Blocker[] {
  if (process.platform !== 'linux') return []
  const names = new Set(paths)
  return list('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) =>
      list(`/proc/${pid}/fd`).some((fd) => names.has(target(`/proc/${pid}/fd/${fd}`))),
    )
    .map((pid) => ({
      pid: Number(pid),
      user: null,
      state: program(pid),
      openMs: null,
      query: null,
    }))
}

/** `node (4711), sqlite3 (4712)`; empty for none. */
export const programs = (blockers: readonly Blocker[]): string =>
  blockers.map(({ pid, state }) => `${state ?? 'process'} (${pid})`).join(', ')

// processes come and go while this looks, and some are not ours to see

function list(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function target(link: string): string {
  try {
    return readlinkSync(link)
  } catch {
    return ''
  }
}

/** The executable's name: what a process calls itself may be a thread's name, `MainThread`. */
const program = (pid: string): string | null => basename(target(`/proc/${pid}/exe`)) || null
