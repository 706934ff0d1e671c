import { CONSTRAINT_FAULTS } from './constraints.ts'
import { DATA_FAULTS } from './data.ts'
import type { Fault } from './fault.ts'
import { INDEX_FAULTS } from './indexes.ts'
import { SCHEMA_FAULTS } from './schema.ts'
import { SECURITY_FAULTS } from './security.ts'
import { TRACKING_FAULTS } from './tracking.ts'

/** All faults that `validate` is known to find. */
export const FAULTS: readonly Fault[] = [
  ...SCHEMA_FAULTS,
  ...INDEX_FAULTS,
  ...CONSTRAINT_FAULTS,
  ...DATA_FAULTS,
  ...SECURITY_FAULTS,
  ...TRACKING_FAULTS,
]
