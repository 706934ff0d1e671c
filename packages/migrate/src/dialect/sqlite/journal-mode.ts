/** How many restores of this process work on a database, by its path. */
const restoring = new Map<string, number>()

/**
 * Has writers leave the journal mode of a database as it is: a restore changes it for a while by itself, and puts it
 * back. Until what this returns is called; a second call of that does nothing.
 */
export function keepJournalMode(file: string): () => void {
  restoring.set(file, (restoring.get(file) ?? 0) + 1)
  let released = false
  return () => {
    if (released) return
    released = true
    const left = (restoring.get(file) ?? 1) - 1
    if (left > 0) restoring.set(file, left)
    else restoring.delete(file)
  }
}

export const isJournalModeKept = (file: string): boolean => restoring.has(file)
