import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generateMasterKey } from '../../src/keys/master-key.ts'

/** A new master key in a file that only this user may read; its path. */
export async function createKeyFile(folder: string): Promise<string> {
  const file = join(folder, 'master.key')
  await writeFile(file, `${generateMasterKey().text.reveal()}\n`, { mode: 0o600, flag: 'wx' })
  return file
}
