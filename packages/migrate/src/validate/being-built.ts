import type { Finding } from '../finding.ts'
import { isBeingBuilt } from '../schema/diff.ts'
import { factKey, type Snapshot } from '../schema/snapshot.ts'

/** A note for each index that somebody builds while others work: it may well be sound soon. */
export const beingBuilt = (live: Snapshot): Finding[] =>
  [...live.values()].filter(isBeingBuilt).map((fact) => ({
    code: 'UNEXPLAINED_OBJECT',
    severity: 'info',
    message: `${factKey(fact)} is being built by process ${fact.builtBy}.`,
    at: { object: factKey(fact) },
    fix: 'Look again when it is done.',
  }))
