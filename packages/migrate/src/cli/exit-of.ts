import type { RemovalResult } from '../run/leftovers.ts'
import type { RunResult } from '../run/result.ts'

/** 3 where what was checked after a run needs attention. */
export const exitOf = (result: RunResult | RemovalResult): 0 | 3 =>
  'validation' in result && result.validation?.ok === false ? 3 : 0
