import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

/** A folder on another file system than the temporary one, where there can be no links between the two. */
export async function otherDisk(t: TestContext): Promise<string | null> {
  const shared = await stat('/dev/shm').catch(() => null)
  if (!shared || shared.dev === (await stat(tmpdir())).dev) {
    t.skip('there is no second file system: /dev/shm is needed, as a mount of its own')
    return null
  }
  const folder = await mkdtemp(join('/dev/shm', 'fossawork-test-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}
