import { chown, mkdir, realpath, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { tempFolder } from '../../../../../test/support/databases.ts'
import type { Inventory, InventoryEntry } from '../../../src/v1/directory/inventory.ts'

/** A new directory with these files; its real path. */
export async function v1Folder(
  t: TestContext,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<string> {
  const directory = await realpath(await tempFolder(t))
  await mkdir(join(directory, 'users'))
  for (const [path, content] of Object.entries(files)) {
    const file = join(directory, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, content)
  }
  return directory
}

export function entryOf(inventory: Inventory, path: string): InventoryEntry {
  const entry = inventory.entries.find((each) => each.path === path)
  if (!entry) throw new Error(`${path} was not listed`)
  return entry
}

/** Runs as a user whom permissions hold back, where the tests run as root. */
export async function asNobody(directory: string, body: () => Promise<void>): Promise<void> {
  if (process.geteuid?.() !== 0) return body()
  const nobody = 65534
  await chown(directory, nobody, nobody)
  process.seteuid?.(nobody)
  try {
    await body()
  } finally {
    process.seteuid?.(0)
  }
}
