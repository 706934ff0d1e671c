import { MigrateError } from '../errors.ts'
import { readKeyFile } from './key-file.ts'
import { type MasterKey, parseMasterKey } from './master-key.ts'
import type { MasterKeySource } from './source.ts'

/** The master keys that there are. */
export interface KeyRing {
  /** The first one is primary: it encrypts. The others open what was encrypted before. */
  readonly keys: readonly [MasterKey, ...MasterKey[]]
  /** Where they were found, for messages. */
  readonly from: string
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads the master keys from the file that the environment names, else from the environment itself; null where neither
 * is set. Throws KEY_MISSING for a file that is not there, KEY_INVALID for one that others may read and for what is no
 * key; the message never repeats any of it.
 */
export async function readKeyRing(
  source: MasterKeySource,
  env: Environment,
): Promise<KeyRing | null> {
  const [file, value] = [env[source.file], env[source.value]]
  if (file) return parseKeyRing(await readKeyFile(file, source.file), file)
  return value ? parseKeyRing(value, `the environment variable ${source.value}`) : null
}

/**
 * One key a line, the primary first; what begins with # is a comment. Throws KEY_INVALID with the line; `from` is the
 * file, or what else it comes from.
 */
export function parseKeyRing(text: string, from: string): KeyRing {
  const keys: MasterKey[] = []
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const content = line.trim()
    if (content === '' || content.startsWith('#')) continue
    const parsed = parseMasterKey(content)
    if ('problem' in parsed) throw invalid(from, index + 1, parsed.problem)
    if (keys.some(({ id }) => id === parsed.id)) {
      throw invalid(from, index + 1, 'is there twice')
    }
    keys.push(parsed)
  }
  const [primary, ...others] = keys
  if (!primary) {
    throw new MigrateError('KEY_INVALID', {
      message: `There is no master key in ${from}.`,
      hint: 'Make one with `keys generate --file F`.',
    })
  }
  return { keys: [primary, ...others], from }
}

const invalid = (from: string, line: number, problem: string): MigrateError =>
  new MigrateError('KEY_INVALID', {
    message: `The master key in line ${line} of ${from} ${problem}.`,
    hint: 'Copy the line again from where the key is kept.',
  })
