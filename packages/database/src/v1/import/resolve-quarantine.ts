import type { RecordKey } from './books.ts'
import type { OpenFile } from './open-file.ts'
import { placeText } from './prepared.ts'
import type { Settled } from './settle.ts'

/**
 * What leaves the quarantine: records that came to something else now, and files that were read at last. What V1 has no
 * more stays: nothing else may have it.
 */
export function resolvedQuarantine(
  settled: readonly Settled[],
  files: ReadonlySet<OpenFile>,
  quarantine: ReadonlyMap<string, RecordKey>,
): RecordKey[] {
  if (quarantine.size === 0) return []
  const again = new Set<string>()
  const places = new Set([...files].map(({ path }) => placeText(path, '')))
  for (const { file, record, decision } of settled) {
    const place = placeText(file.path, record.position)
    if (decision.outcome === 'quarantined') again.add(place)
    else places.add(place)
  }
  return [...places].flatMap((place) => {
    const key = again.has(place) ? undefined : quarantine.get(place)
    return key ? [key] : []
  })
}
