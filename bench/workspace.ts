import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Makes the folder that everything stands in, the PostgreSQL server's files too: below TMPDIR, or in /var/tmp, since
 * /tmp is often memory.
 *
 * Linux's ext4 passes over the inodes of files that were deleted in the last five minutes, one by one: after a few
 * thousand a new file took 0.9 ms where it takes 0.02, and a table is three to five files. So nothing is deleted
 * until the end, and each folder in here is spread to another part of the disk (the T attribute), away from what
 * other programs, or the run before, deleted.
 */
export function makeWorkspace(): string {
  const root = mkdtempSync(join(process.env.TMPDIR || '/var/tmp', 'fossawork-bench-'))
  // the server runs as another user where this process is root
  chmodSync(root, 0o755)
  // other file systems know no such attribute, and have no need of it
  if (process.platform === 'linux') spawnSync('chattr', ['+T', root])
  process.env.TMPDIR = root
  return root
}
