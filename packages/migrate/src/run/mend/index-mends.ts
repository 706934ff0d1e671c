import { MigrateError } from '../../errors.ts'
import type { Mend } from '../../finding.ts'
import { quoteName } from '../../schema/names.ts'
import type { Fact, Snapshot } from '../../schema/snapshot.ts'
import { composeVersions } from '../../schema/versions.ts'
import type { RunContext } from '../context.ts'
import { expectedVersions } from '../expected.ts'
import type { World } from '../gather.ts'

type IndexMend = Extract<Mend, { kind: 'build_index' | 'rebuild_index' }>

/** What builds an index, and whether it can only run by itself, outside of a transaction. */
export interface IndexBuild {
  readonly statements: readonly string[]
  readonly alone: boolean
}

/**
 * PostgreSQL builds it while others go on writing, which cannot be in a transaction, except on a partitioned table.
 * Throws SCHEMA_DIFFERS where what is to be built is not known any more, SNAPSHOT_MISSING, SNAPSHOT_STALE.
 */
export async function indexBuild(
  ctx: RunContext,
  world: World,
  live: Snapshot,
  mend: IndexMend,
): Promise<IndexBuild> {
  const isServer = ctx.dialect.name === 'postgres'
  const alone = isServer && live.get(`table ${mend.table}`)?.is.partitionedBy === undefined
  const index = `index ${mend.table}.${mend.index}`
  if (mend.kind === 'rebuild_index') {
    const name = indexSql(live.get(index), mend)
    const how = alone ? 'INDEX CONCURRENTLY ' : isServer ? 'INDEX ' : ''
    return { statements: [`REINDEX ${how}${name}`], alone }
  }
  const applied = world.graph.order.filter((id) => world.rows.get(id)?.status === 'applied')
  const fact = composeVersions(expectedVersions(ctx, world, applied), applied).get(index)
  if (!fact) throw unknownIndex(mend)
  const statements = await ctx.dialect.createStatements([fact])
  if (!alone) return { statements, alone }
  return { statements: statements.map(concurrently), alone }
}

const concurrently = (statement: string): string =>
  statement.replace(/^CREATE (UNIQUE )?INDEX /, 'CREATE $1INDEX CONCURRENTLY ')

function indexSql(fact: Fact | undefined, mend: IndexMend): string {
  if (!fact) throw unknownIndex(mend)
  const { schema } = fact.is
  return typeof schema === 'string'
    ? `${quoteName(schema)}.${quoteName(mend.index)}`
    : quoteName(mend.index)
}

const unknownIndex = ({ table, index }: IndexMend): MigrateError =>
  new MigrateError('SCHEMA_DIFFERS', {
    message: `There is no index ${index} of ${table} to build.`,
    hint: 'The database has changed meanwhile: `validate` again.',
  })
