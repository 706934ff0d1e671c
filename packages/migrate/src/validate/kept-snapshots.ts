import { ARCHIVE_TABLE } from '../dialect/port.ts'
import type { Finding } from '../finding.ts'
import { type Kept, readArchive } from '../journal/archive.ts'
import { type Check, skipped } from './check.ts'

/** What runs kept with the journal is still what they kept. */
export const KEPT_SNAPSHOTS: Check = {
  category: 'tracking',
  name: 'kept snapshots',
  async run({ journal, session }) {
    if (!journal.isCurrent) return skipped('Snapshots are kept from the next run on.')
    let checked = 0
    const findings: Finding[] = []
    for await (const kept of readArchive(session)) {
      checked += 1
      if (kept.text === null) findings.push(describeDamage(kept))
    }
    return { checked, findings }
  },
}

export function describeDamage({ kind, key, at }: Kept): Finding {
  const what =
    kind === 'snapshot'
      ? `The snapshot of the schema that was kept ${at} after entry ${key} of the log`
      : `The source that was kept ${at} under the checksum ${key}`
  const then =
    kind === 'snapshot'
      ? '`drift` compares with the generated snapshot until a run keeps a new one.'
      : 'The next run keeps it anew, if the file is still there.'
  return {
    code: 'SNAPSHOT_DAMAGED',
    severity: 'warning',
    message: `${what} is not what was kept: it was edited, or is damaged.`,
    at: { object: `${ARCHIVE_TABLE} ${kind} ${key}` },
    fix: `Remove it by hand: DELETE FROM ${ARCHIVE_TABLE} WHERE kind = '${kind}' AND key = '${key.replaceAll("'", "''")}'. ${then}`,
  }
}
