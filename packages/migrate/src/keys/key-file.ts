import { constants, type Stats } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { MigrateError } from '../errors.ts'
import { sync } from '../file-system.ts'

/** Of a key file, in bytes. */
export const LARGEST = 64 * 1024
/** Group and others. */
const NOT_OURS = 0o077

/**
 * A key file's text. `named` is the environment variable that names it. Throws KEY_MISSING where it is not there,
 * KEY_INVALID where it is no file or others than its owner may use it.
 */
export async function readKeyFile(file: string, named?: string): Promise<string> {
  const which = named ? `${file}, which ${named} names,` : file
  // a pipe without a writer would be waited for
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK).catch((cause) => {
    throw cannotOpen(cause, which)
  })
  try {
    assertPrivate(await handle.stat(), file, which)
    return await handle.readFile('utf8')
  } finally {
    await handle.close()
  }
}

function assertPrivate(stats: Stats, file: string, which: string): void {
  const refuse = (problem: string, hint: string): never => {
    throw new MigrateError('KEY_INVALID', {
      message: `The master key file ${which} ${problem}.`,
      hint,
    })
  }
  if (!stats.isFile()) refuse('is no regular file', 'Name a file that holds the keys.')
  if (stats.size > LARGEST) refuse('is too large to hold keys', 'Name a file that holds the keys.')
  // Windows has no such rights
  if (stats.mode & NOT_OURS && process.platform !== 'win32') {
    const mode = (stats.mode & 0o777).toString(8).padStart(4, '0')
    refuse(`has mode ${mode}: others than its owner may use it`, `Run: chmod 600 ${file}`)
  }
}

function cannotOpen(cause: NodeJS.ErrnoException, which: string): MigrateError {
  if (cause.code === 'ENOENT') {
    return new MigrateError('KEY_MISSING', {
      message: `The master key file ${which} is not there.`,
      hint: 'Bring it back, or make one with `keys generate --file F`.',
      cause,
    })
  }
  return new MigrateError('KEY_INVALID', {
    message: `The master key file ${which} cannot be read: ${cause.message}.`,
    hint: 'Let this user own it, with mode 0600.',
    cause,
  })
}

/**
 * Writes a secret into a new file of mode 0600, and to the disk. Never takes the place of what is there. Throws
 * KEY_INVALID where it cannot; `instead` is what to do where the name is taken.
 */
export async function createSecretFile(file: string, text: string, instead: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600).catch((cause) => {
    throw cannotCreate(cause, file, instead)
  })
  try {
    try {
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await sync(dirname(file))
  } catch (cause) {
    await rm(file, { force: true })
    throw cannotCreate(cause as Error, file, instead)
  }
}

export function cannotCreate(
  cause: NodeJS.ErrnoException,
  file: string,
  instead: string,
): MigrateError {
  if (cause.code === 'EEXIST') {
    return new MigrateError('KEY_INVALID', {
      message: `${file} is there already, and is not overwritten.`,
      hint: instead,
      cause,
    })
  }
  if (cause.code === 'ENOENT') {
    return new MigrateError('KEY_INVALID', {
      message: `The folder of ${file} is not there.`,
      hint: `Make it first: mkdir -p -m 700 ${dirname(file)}`,
      cause,
    })
  }
  return new MigrateError('KEY_INVALID', {
    message: `${file} could not be written: ${cause.message}.`,
    hint: 'Name a file in a folder that this user may write to.',
    cause,
  })
}
