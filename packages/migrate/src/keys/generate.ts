import { changeKeyFile, createSecretFile } from './key-file.ts'
import { generateMasterKey, type MasterKey } from './master-key.ts'
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

const linesOf = ({ id, text }: MasterKey): string =>
  `# master key ${id}, made ${new Date().toISOString().slice(0, 10)}\n${text.reveal()}\n`
