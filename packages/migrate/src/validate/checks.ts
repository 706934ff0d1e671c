import type { Check } from './check.ts'
import { DECLARED } from './schema.ts'
import { TRACKING } from './tracking.ts'

/** All that `validate` looks at, the project's own checks apart. */
export const CHECKS: readonly Check[] = [...DECLARED, ...TRACKING]
