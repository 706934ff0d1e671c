import type { Finding } from '../finding.ts'
import { type Difference, describeDifference, diffSnapshots, isTableOf } from '../schema/diff.ts'
import type { Snapshot } from '../schema/snapshot.ts'

/**
 * What is there against what the applied versions make. A table, view or function that no migration made is noted:
 * others may use the database as well; the project's own tables are not. `leftovers` says of a key which failed version
 * left it.
 */
export function checkSchema(
  expected: Snapshot,
  live: Snapshot,
  leftovers: ReadonlyMap<string, string>,
  ownTables: readonly string[],
): Finding[] {
  const differences = diffSnapshots(expected, live)
  return differences.flatMap((difference) => {
    if (isTableOf(difference, ownTables)) return []
    const version = difference.kind === 'unexpected' ? leftovers.get(difference.key) : undefined
    if (version !== undefined) return leftover(difference.key, version)
    const stranger = isStranger(difference)
    return {
      code: stranger ? 'UNEXPLAINED_OBJECT' : 'SCHEMA_DIFFERS',
      severity: stranger ? 'info' : 'error',
      message: `${describeDifference(difference)}.`,
      at: { object: difference.key },
      ...(!stranger && {
        fix: 'Find out who changed it; put it back by hand, or make the change a migration.',
      }),
    }
  })
}

const leftover = (key: string, version: string): Finding => ({
  code: 'LEFTOVER',
  severity: 'warning',
  message: `${key} was left by ${version}, which failed.`,
  at: { object: key, version },
  fix: `\`migrate\` completes ${version}, \`rollback --version ${version}\` removes what it left.`,
})

const isStranger = ({ kind, actual }: Difference): boolean =>
  kind === 'unexpected' && actual?.table === null
