import type { RecordKey } from './books.ts'
import type { OpenFile } from './open-file.ts'
import { placeText } from './prepared.ts'
import type { InQuarantine } from './quarantine.ts'
import type { Settled } from './settled.ts'

/**
 * What leaves the quarantine: a file that was read at last; a record that came to something now; and one in whose place
 * there is another that nobody knew, since somebody has mended it in V1. One in whose place an old record stands has
 * only moved on: what V1 has no more, nothing else may have.
 */
export function resolvedQuarantine(
  settled: readonly Settled[],
  files: ReadonlySet<OpenFile>,
  quarantine: ReadonlyMap<string, InQuarantine>,
): RecordKey[] {
  if (quarantine.size === 0) return []
  const again = new Map<string, string>()
  const places = new Set([...files].map(({ path }) => placeText(path, '')))
  for (const { file, record, decision, known } of settled) {
    const place = placeText(file.path, record.position)
    if (decision.outcome === 'quarantined') again.set(place, record.userId)
    else if (!known || quarantine.get(place)?.digest === record.digest) places.add(place)
  }
  return [...places, ...again.keys()].flatMap((place) => {
    const key = quarantine.get(place)
    // whose it is may have become known, which makes it another entry
    return key && again.get(place) !== key.userId ? [key] : []
  })
}
