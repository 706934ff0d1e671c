import type { Check } from './check.ts'
import { SOUNDNESS } from './constraints.ts'
import { DATA } from './data/checks.ts'
import { IN_QUARANTINE } from './in-quarantine.ts'
import { INDEXES } from './indexes.ts'
import { KEPT_SNAPSHOTS } from './kept-snapshots.ts'
import { LOG_GUARDED } from './log-guard.ts'
import { DECLARED } from './schema.ts'
import { SECURITY } from './security/checks.ts'
import { TRACKING } from './tracking.ts'

/** All that `validate` looks at, the project's own checks apart. */
export const CHECKS: readonly Check[] = [
  ...DECLARED,
  ...INDEXES,
  ...SOUNDNESS,
  ...DATA,
  ...IN_QUARANTINE,
  ...SECURITY,
  ...TRACKING,
  LOG_GUARDED,
  KEPT_SNAPSHOTS,
]
