import type { RecordKey } from './books.ts'
import type { InQuarantine } from './quarantine.ts'
import type { Settled } from './settled.ts'

/**
 * What leaves the quarantine: a file that was read at last, or that is none of an import's; a record that came to
 * something now; and one in whose place there is another that nobody knew, since somebody has mended it in V1. What V1
 * has no more stays: nothing else may have it. `read`: paths of files.
 */
export function resolvedQuarantine(
  settled: readonly Settled[],
  read: ReadonlySet<string>,
  quarantine: readonly InQuarantine[],
): RecordKey[] {
  if (quarantine.length === 0) return []
  const again = new Map<string, string>()
  const digests = new Set<string>()
  const places = new Set<string>()
  for (const { file, record, decision, known } of settled) {
    if (decision.outcome === 'quarantined') {
      again.set(record.identity, record.userId)
      continue
    }
    digests.add(`${file.path}#${record.digest}`)
    if (!known) places.add(`${file.path}#${record.position}`)
  }
  return quarantine.filter(({ identity, userId, file, position, digest }) => {
    const owner = again.get(identity)
    // whose it is may have become known, which makes it another entry
    if (owner !== undefined) return owner !== userId
    if (position === '') return read.has(file)
    return digests.has(`${file}#${digest}`) || places.has(`${file}#${position}`)
  })
}
