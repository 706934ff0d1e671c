import { MigrateError } from '../errors.ts'
import { changeKeyFile } from './change-key-file.ts'
import { createSecretFile } from './key-file.ts'
import { generateMasterKey, type MasterKey, parseMasterKey } from './master-key.ts'
import { parseKeyRing } from './ring.ts'

/** Writes a new master key into a new file that only this user may read. Throws KEY_INVALID where it cannot. */
export async function createKeyFile(file: string): Promise<MasterKey> {
  const key = generateMasterKey()
  await createSecretFile(
    file,
    linesOf(key),
    'Put a new primary key in front with --add, or name another file.',
  )
  return key
}

/**
 * Puts a new primary key in front of those in a file, at once or not at all. Throws KEY_MISSING, KEY_INVALID; the file
 * is then as it was.
 */
export async function addPrimaryKey(file: string): Promise<MasterKey> {
  const key = generateMasterKey()
  await changeKeyFile(file, (text) => {
    const changed = linesOf(key) + text
    parseKeyRing(text, file)
    return changed
  })
  return key
}

/**
 * Says in a key file, above a key, that it was retired; the key stays, to open what was encrypted before. One that is
 * retired already stays as it is. Throws KEY_INVALID for the primary key and for one that is not there, KEY_MISSING;
 * the file is then as it was.
 */
export async function retireKey(file: string, id: string): Promise<void> {
  await changeKeyFile(file, (text) => {
    const { keys } = parseKeyRing(text, file)
    if (keys[0].id === id) {
      throw new MigrateError('KEY_INVALID', {
        message: `The master key ${id} cannot be retired: it is the primary one of ${file}, which encrypts.`,
        hint: 'Put a new one in front first: `keys generate --add --file F`.',
      })
    }
    const lines = text.split('\n')
    const at = lines.findIndex((line) => isKey(line, id))
    if (at < 0) {
      throw new MigrateError('KEY_INVALID', {
        message: `There is no master key ${id} in ${file}.`,
        hint: '`keys list` names those that there are.',
      })
    }
    if (isRetired(lines.slice(0, at))) return text
    const end = lines[at]?.endsWith('\r') ? '\r' : ''
    lines.splice(at, 0, `# retired ${today()}: kept for what was encrypted before${end}`)
    return lines.join('\n')
  })
}

function isKey(line: string, id: string): boolean {
  const parsed = parseMasterKey(line.trim())
  return 'id' in parsed && parsed.id === id
}

/** By the comments that end these lines. */
function isRetired(lines: readonly string[]): boolean {
  const above = lines.slice(lines.findLastIndex((line) => !line.startsWith('#')) + 1)
  return above.some((line) => /^# retired \d{4}-\d{2}-\d{2}:/.test(line))
}

const today = (): string => new Date().toISOString().slice(0, 10)

const linesOf = ({ id, text }: MasterKey): string =>
  `# master key ${id}, made ${today()}\n${text.reveal()}\n`
