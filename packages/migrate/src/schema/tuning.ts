import type { Difference } from './diff.ts'
import type { Fact } from './snapshot.ts'

/** What PostgreSQL's storage parameters of a table come to, but `user_catalog_table`: room and speed. */
const TUNING =
  /^(?:autovacuum_\w+|log_autovacuum_\w+|vacuum_\w+|toast\.\w+|fillfactor|parallel_workers|toast_tuple_target)=/

/**
 * Whether a table or an index differs in nothing but how it is stored and looked after: it takes and shows the same
 * rows. All that an index can be told is of that kind.
 */
export function isTuning({ expected, actual }: Difference): boolean {
  if (!expected || !actual) return false
  const { kind } = expected
  if (kind !== 'table' && kind !== 'index') return false
  if (withoutOptions(expected) !== withoutOptions(actual)) return false
  const [before, now] = [options(expected), options(actual)]
  const changed = [...before, ...now].filter(
    (option) => !(before.includes(option) && now.includes(option)),
  )
  return changed.length > 0 && (kind === 'index' || changed.every((option) => TUNING.test(option)))
}

function options({ is }: Fact): readonly string[] {
  return Array.isArray(is.options) ? is.options : []
}

const withoutOptions = ({ is: { options: _, ...is } }: Fact): string =>
  JSON.stringify(Object.entries(is).sort(([a], [b]) => (a < b ? -1 : 1)))
