import type { Session } from '../dialect/session.ts'
import { MigrateError } from '../errors.ts'
import type { MigrationContext } from '../migration/define.ts'
import type { Migration } from '../migration/load.ts'
import { sameDefinition } from '../schema/diff.ts'
import { isSameTable } from '../schema/leftovers.ts'
import { type Fact, type FactKind, factKey, type Snapshot } from '../schema/snapshot.ts'
import { readSchemaVersions } from '../schema/versions.ts'
import type { RunContext } from './context.ts'

/**
 * `present` for a migration: whether something that it makes is there already, exactly as it would make it. The live
 * schema is read once, at the first question.
 */
export function createPresence(
  ctx: RunContext,
  session: Session,
  migration: Migration,
): MigrationContext['present'] {
  let live: Promise<Snapshot> | undefined
  let made: readonly Fact[] | null | undefined
  return async (kind, name) => {
    live ??= ctx.dialect.introspect(session)
    const found = findFact((await live).values(), kind, name)
    if (!found) return false
    if (made === undefined) made = expectedFacts(ctx, migration)
    if (made && isAsMade(made, await live, found)) return true
    if (made === null) {
      throw new MigrateError('SNAPSHOT_MISSING', {
        message: `The ${kind} ${name} is there already, and no generated snapshot says whether it is as ${migration.version} would make it.`,
      })
    }
    throw new MigrateError('SCHEMA_CONFLICT', {
      message: `The ${kind} ${name} is there already, and it is not as ${migration.version} would make it.`,
      hint: 'Look at it, rename or drop it, then run again.',
    })
  }
}

function isAsMade(made: readonly Fact[], live: Snapshot, found: Fact): boolean {
  const expected = made.find((fact) => factKey(fact) === factKey(found))
  if (!expected || !sameDefinition(expected, found)) return false
  return found.kind !== 'table' || isSameTable(made, live, found.name)
}

function expectedFacts(ctx: RunContext, migration: Migration): readonly Fact[] | null {
  const versions = readSchemaVersions(ctx.settings.migrations, ctx.dialect.name)
  const entry = versions?.get(migration.version)
  return entry?.checksum === migration.checksum ? entry.adds : null
}

function findFact(facts: Iterable<Fact>, kind: FactKind, name: string): Fact | undefined {
  for (const fact of facts) {
    if (fact.kind !== kind) continue
    if (fact.name === name || `${fact.table}.${fact.name}` === name) return fact
  }
  return undefined
}
