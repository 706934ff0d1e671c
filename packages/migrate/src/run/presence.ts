import type { Session } from '../dialect/port.ts'
import { MigrateError } from '../errors.ts'
import type { MigrationContext } from '../migration/define.ts'
import type { Migration } from '../migration/load.ts'
import { sameDefinition } from '../schema/diff.ts'
import type { Fact, FactKind, Snapshot } from '../schema/snapshot.ts'
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
    const expected = made && findFact(made, kind, name)
    if (expected && sameDefinition(expected, found) && expected.table === found.table) return true
    if (made === null) {
      throw new MigrateError('SNAPSHOT_MISSING', {
        message: `The ${kind} ${name} is there already, and no generated snapshot says whether it is as ${migration.version} would make it.`,
      })
    }
    throw new MigrateError('SCHEMA_CONFLICT', {
      message: `The ${kind} ${name} is there already, and it is not as ${migration.version} would make it.`,
      hint: `Rename or drop it, or remove what an attempt left with \`rollback --version ${migration.version}\`.`,
    })
  }
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
