import { chmodSync, chownSync, existsSync, linkSync, renameSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { MigrateError } from '../../../errors.ts'
import { linksNotPossible, sync } from '../../../file-system.ts'
import type { Swap } from '../../port.ts'
import { inspectFile } from './examine.ts'
import { putAside, putLeftoversAside } from './set-aside.ts'

/** Gives a settled database the name of one that is missing, and never takes it from a file that appeared meanwhile. */
export async function putInPlace(live: string, file: string): Promise<Swap> {
  await makeDurable(file)
  // of a database that is gone: they would bring its last changes into the restored one
  const previous = existsSync(live) ? null : putLeftoversAside(live)
  try {
    linkSync(file, live)
  } catch (error) {
    if (!linksNotPossible(error) || existsSync(live)) throw refused(live, error)
    renameSync(file, live)
  }
  return inPlace(live, previous)
}

/**
 * Gives a settled database the name of a damaged one, which is kept beside it. A process that dies on the way leaves the
 * one or the other under the name.
 */
export async function replaceDamaged(live: string, file: string): Promise<Swap> {
  actAs(live, file)
  await makeDurable(file)
  let previous: string
  try {
    previous = putAside(live)
    await syncFolder(live)
    renameSync(file, live)
  } catch (error) {
    throw refused(live, error)
  }
  return inPlace(live, previous)
}

const GROUP_RIGHTS = 0o070

/**
 * Gives a file the owner and the mode of another one, so that the programs that use the one can use the other. Where
 * the group cannot be kept, another one gets no rights in its place.
 */
function actAs(model: string, file: string): void {
  const { uid, gid, mode } = statSync(model)
  for (const owner of [uid, -1]) {
    try {
      chownSync(file, owner, gid)
      break
    } catch {
      // only root may give a file away; the group alone is perhaps one of this user's
    }
  }
  const isGroupKept = statSync(file).gid === gid
  chmodSync(file, mode & 0o777 & (isGroupKept ? ~0 : ~GROUP_RIGHTS))
}

/** Reads it once more and has it on the disk: from here on only names change. */
async function makeDurable(file: string): Promise<void> {
  const { problems } = await inspectFile(file, 'quick_check', false, new AbortController().signal)
  if (problems.length > 0) {
    throw new MigrateError('RESTORE_FAILED', {
      message: `The restored copy is not sound: ${problems.join('; ')}. Nothing was changed.`,
    })
  }
  await sync(file)
}

async function inPlace(live: string, previous: string | null): Promise<Swap> {
  await syncFolder(live)
  return { previous, proof: 'digest', notes: [] }
}

const syncFolder = (live: string): Promise<void> => sync(dirname(live))

const refused = (live: string, cause: unknown): MigrateError =>
  new MigrateError('RESTORE_FAILED', {
    message:
      (cause as NodeJS.ErrnoException).code === 'EEXIST'
        ? `A database appeared at ${live} while another one was restored; it was left as it is.`
        : `The restored database could not be put in place of ${live}: ${(cause as Error).message}.`,
    cause,
  })
