import type { Stats } from 'node:fs'
import { type FileHandle, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { MigrateError } from '../errors.ts'
import { errno, isAbandoned, ownedName, ownerOf, sync } from '../file-system.ts'
import { cannotCreate, LARGEST, readKeyFile } from './key-file.ts'

// Who changes a key file puts a temporary file beside it, named for the process, and goes on only where no other one
// stands there: of two at the same time, one sees the other at least.

const EXTENSION = '.new'
/** How often one that met another tries again, and after how long at most, in milliseconds. */
const TRIES = 20
const LONGEST_PAUSE_MS = 50

/**
 * Replaces a key file's text at once or not at all, by what `change` makes of it; owner, group and mode stay. Two at
 * the same time exclude each other, and what a killed process left goes. Throws as `readKeyFile`, KEY_INVALID where
 * the file cannot be replaced, and whatever `change` throws; the file is then as it was.
 */
export async function changeKeyFile(file: string, change: (text: string) => string): Promise<void> {
  await readKeyFile(file)
  // what a link points to is replaced, not the link
  const target = await realpath(file)
  const next = await standAlone(target)
  try {
    const text = change(await readKeyFile(target))
    assertFits(text, file)
    await write(next, text, await stat(target), file)
    await rename(next, target)
    await sync(dirname(target))
  } catch (thrown) {
    await rm(next, { force: true })
    throw errno(thrown) === undefined || thrown instanceof MigrateError
      ? thrown
      : cannotCreate(thrown as Error, next, '')
  }
}

/** The path of a temporary file that is the only one beside `target`. */
async function standAlone(target: string): Promise<string> {
  for (let tries = 1; ; tries++) {
    const next = `${ownedName(target)}${EXTENSION}`
    const handle = await open(next, 'wx', 0o600).catch((cause) => {
      throw cannotCreate(cause, next, '')
    })
    await handle.close()
    const other = await findOther(target, next)
    if (other === null) return next
    await rm(next, { force: true })
    if (tries === TRIES) throw isChanged(target, other)
    await sleep(Math.random() * LONGEST_PAUSE_MS)
  }
}

/** Another temporary file beside `target`, whose process lives; those of dead ones are removed. */
async function findOther(target: string, own: string): Promise<string | null> {
  const folder = dirname(target)
  let other: string | null = null
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    const isOther = name.endsWith(EXTENSION) && path !== own
    const owner = isOther ? ownerOf(name.slice(0, -EXTENSION.length), basename(target)) : null
    const found = owner && (await stat(path).catch(() => null))
    if (!owner || !found) continue
    if (isAbandoned(owner, found.mtimeMs)) await rm(path, { force: true })
    else other = path
  }
  return other
}

function assertFits(text: string, file: string): void {
  if (Buffer.byteLength(text) <= LARGEST) return
  throw new MigrateError('KEY_INVALID', {
    message: `The master key file ${file} has no room: with this change it would be larger than ${LARGEST / 1024} KiB, and could not be read any more.`,
    hint: 'Remove comments, and keys that nothing needs any more, from it first.',
  })
}

async function write(next: string, text: string, old: Stats, file: string): Promise<void> {
  const handle = await open(next, 'r+')
  try {
    await actAs(handle, old, file)
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Whoever could read the file before must be able to afterwards, and nobody else. */
async function actAs(handle: FileHandle, { uid, gid, mode }: Stats, file: string): Promise<void> {
  try {
    const own = await handle.stat()
    if (own.uid !== uid || own.gid !== gid) await handle.chown(uid, gid)
    await handle.chmod(mode & 0o700)
  } catch (cause) {
    throw new MigrateError('KEY_INVALID', {
      message: `The master key file ${file} belongs to user ${uid} and group ${gid}, and this user may not leave it to them: ${(cause as Error).message}. It was not changed.`,
      hint: 'Run it as the owner of the file, or as root.',
      cause,
    })
  }
}

const isChanged = (target: string, other: string): MigrateError =>
  new MigrateError('KEY_INVALID', {
    message: `The master key file ${target} is being changed by another process: ${other} stands beside it.`,
    hint: `Wait until it is done, then run it again. If no process is at it, remove ${other}.`,
  })
