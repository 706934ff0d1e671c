import type { Dialect } from '../dialect/port.ts'
import type { Session } from '../dialect/session.ts'
import { MigrateError } from '../errors.ts'
import { type Journal, type JournalRow, NO_JOURNAL, readJournal } from '../journal/read.ts'
import { type MigrationFile, readMigrationFiles } from '../migration/files.ts'
import { createGraph, type Graph } from '../migration/graph.ts'
import type { Migration } from '../migration/load.ts'
import type { PlannedMigration } from '../plan/plan.ts'
import type { RunContext } from './context.ts'
import { withReader } from './reader.ts'

/** The files and the journal, as one moment found them. */
export interface World {
  readonly files: readonly MigrationFile[]
  readonly journal: Journal
  readonly rows: ReadonlyMap<string, JournalRow>
  readonly graph: Graph
  readonly migrations: ReadonlyMap<string, PlannedMigration>
  /** Those that were parsed or imported: all that are not applied, or all where it was asked for. */
  readonly loaded: ReadonlyMap<string, Migration>
}

/** Throws DATABASE_MISSING where there is nothing to look at. */
export async function assertExists(dialect: Dialect): Promise<void> {
  if (await dialect.exists()) return
  throw new MigrateError('DATABASE_MISSING', {
    message: `There is no database at ${dialect.location}.`,
    hint: 'Check the path; `migrate` makes a new one.',
  })
}

/** The journal's row of a version. Throws NOTHING_TO_REPAIR. */
export function rowOf({ rows }: World, version: string): JournalRow {
  const row = rows.get(version)
  if (row) return row
  throw new MigrateError('NOTHING_TO_REPAIR', {
    message: `The journal has no row for ${version}.`,
  })
}

/** Reads through a session of its own that writes nothing. */
export async function gather(ctx: RunContext, load: 'pending' | 'all'): Promise<World> {
  if (!(await ctx.dialect.exists())) return gatherFrom(ctx, null, load)
  return withReader(ctx.dialect, (session) => gatherFrom(ctx, session, load))
}

/**
 * Reads files and journal. What is applied is known from the journal, so its files are hashed but not imported:
 * an application's start with nothing to do loads no migration at all.
 */
export async function gatherFrom(
  ctx: RunContext,
  session: Session | null,
  load: 'pending' | 'all',
  before?: ReadonlyMap<string, Migration>,
): Promise<World> {
  const files = readMigrationFiles(ctx.settings.migrations)
  const journal = session ? await readJournal(session, ctx.dialect) : NO_JOURNAL
  const known = new Set(files.map((file) => file.version))
  const wanted = files.filter(
    ({ version }) => load === 'all' || !isKnownFromJournal(journal.rows.get(version)),
  )
  const loaded = await loadAll(ctx, wanted, before)
  const graph = createGraph(
    files.map(({ version }) => {
      const recorded = journal.rows.get(version)
      const migration = loaded.get(version)
      const dependsOn =
        migration && recorded?.status !== 'applied'
          ? migration.dependsOn
          : // a dependency whose file is gone is reported as such, not as a fault of this one
            (recorded?.metadata.dependencies?.filter((need) => known.has(need)) ??
            migration?.dependsOn ??
            null)
      return { version, dependsOn }
    }),
  )
  const migrations = new Map(
    files.map(({ version }) => [version, planned(version, loaded, journal)] as const),
  )
  return { files, journal, rows: journal.rows, graph, migrations, loaded }
}

/** `before` holds what was loaded a moment ago: a file that is still the same is not loaded again. */
async function loadAll(
  ctx: RunContext,
  files: readonly MigrationFile[],
  before: ReadonlyMap<string, Migration> | undefined,
): Promise<Map<string, Migration>> {
  const loaded = new Map<string, Migration>()
  if (files.length === 0) return loaded
  const { loadMigration } = await import('../migration/load.ts')
  for (const file of files) {
    const known = before?.get(file.version)
    const same = known?.checksum === file.checksum && known.path === file.path
    loaded.set(file.version, same ? known : await loadMigration(file, ctx.dialect.name))
  }
  return loaded
}

const isKnownFromJournal = (row: JournalRow | undefined): boolean =>
  row?.status === 'applied' && row.metadata.dependencies !== undefined

function planned(
  version: string,
  loaded: ReadonlyMap<string, Migration>,
  journal: Journal,
): PlannedMigration {
  const migration = loaded.get(version)
  if (!migration) {
    return {
      version,
      description: journal.rows.get(version)?.description ?? version,
      transaction: { up: true, down: true },
      noWayBack: null,
    }
  }
  const { up, down } = migration
  const isBody = down !== null && down !== 'irreversible'
  return {
    version,
    description: migration.description,
    transaction: { up: up.transaction, down: isBody ? down.transaction : true },
    noWayBack: isBody ? null : (down ?? 'no down'),
  }
}
