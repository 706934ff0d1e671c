import { readlinkSync, realpathSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'

/** As many as Linux follows before it calls them a loop. */
const MOST_LINKS = 40

/**
 * The file that `file` leads to, through links and linked folders, be it there or still to be made. SQLite keeps its
 * own files beside that one, and so do the lock and the backups: one database has one lock whatever it is called.
 * Hard links are not resolved, since none of the names is the real one; SQLite itself is not safe with them
 * (https://www.sqlite.org/howtocorrupt.html, section 2.5).
 */
export function realFile(file: string, links: number = MOST_LINKS): string {
  try {
    return realpathSync(file)
  } catch (error) {
    // anything else, a loop of links say, is told where the file is opened
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return file
  }
  const folder = realFile(dirname(file), links)
  const path = join(folder, basename(file))
  const target = linkTarget(path)
  return target === null || links === 0 ? path : realFile(resolve(folder, target), links - 1)
}

function linkTarget(path: string): string | null {
  try {
    return readlinkSync(path)
  } catch {
    return null
  }
}
