import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

/** A folder on a disk of its own, of so many kB; null, and the test is skipped, where none can be mounted. */
export function smallDisk(t: TestContext, kilobytes: number): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'fossawork-test-'))
  const options = `size=${kilobytes}k,mode=0700`
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'pipe' })
  } catch {
    rmdirSync(folder)
    t.skip('no small disk can be mounted: run as root on Linux')
    return null
  }
  t.after(() => {
    execFileSync('umount', [folder])
    rmdirSync(folder)
  })
  return folder
}
