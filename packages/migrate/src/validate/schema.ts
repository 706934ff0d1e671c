import type { Finding } from '../finding.ts'
import { type Difference, describeDifference, diffSnapshots } from '../schema/diff.ts'
import type { Snapshot } from '../schema/snapshot.ts'

/**
 * What is there against what the applied versions make. A table, view or function that no migration made is noted:
 * others may use the database as well.
 */
export function checkSchema(expected: Snapshot, live: Snapshot): Finding[] {
  return diffSnapshots(expected, live).map((difference) => {
    const stranger = isStranger(difference)
    return {
      code: stranger ? 'UNEXPLAINED_OBJECT' : 'SCHEMA_DIFFERS',
      severity: stranger ? 'info' : 'error',
      message: `${describeDifference(difference)}.`,
      at: { object: difference.key },
    }
  })
}

const isStranger = ({ kind, actual }: Difference): boolean =>
  kind === 'unexpected' && actual?.table === null
