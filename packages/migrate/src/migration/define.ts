import type { Kysely } from 'kysely'
import type { DialectName } from '../dialect/port.ts'
import type { FactKind } from '../schema/snapshot.ts'

/** What a migration's `up` and `down` are given. */
export interface MigrationContext {
  /** Queries on the step's own connection, inside its transaction. */
  readonly db: Kysely<any>
  readonly dialect: DialectName
  /** Aborted when the run is interrupted; long loops should look at it. */
  readonly signal: AbortSignal
  /** Reports progress to whoever watches: `done` of `total` (null: unknown). */
  progress(done: number, total?: number | null, note?: string): void
  /**
   * Whether something that this migration makes is there already, left by an attempt that failed, exactly as
   * the migration would make it. False when it is not there. Throws SCHEMA_CONFLICT when it is there and
   * different, SNAPSHOT_MISSING when nothing says what it should be.
   * `name` is the thing's own name, `table.column` for a column.
   */
  present(kind: FactKind, name: string): Promise<boolean>
}

export type MigrationFunction = (context: MigrationContext) => Promise<void>

/** What {@link defineMigration} takes. */
export interface MigrationDefinition {
  /** One line for `status`, `history` and the journal. */
  readonly description: string
  /**
   * Versions that must be applied before this one. Default: the version before this one in order, so that plain
   * files run one after the other. `[]`: none.
   */
  readonly dependsOn?: readonly string[]
  readonly up: MigrationFunction
  /** `'irreversible'`: a rollback refuses with IRREVERSIBLE. */
  readonly down: MigrationFunction | 'irreversible'
  /** Default true. False for statements that cannot run in one, such as CREATE INDEX CONCURRENTLY. */
  readonly transaction?: boolean
  /**
   * SQLite only. Default 'enforced'. 'checked' turns foreign keys off for a table rebuild, and compares row
   * counts and foreign keys before COMMIT. PostgreSQL enforces them always.
   */
  readonly foreignKeys?: 'enforced' | 'checked'
  /** Tables that are meant to lose rows under `foreignKeys: 'checked'`. Default none. */
  readonly shrinks?: readonly string[]
  /** 'expand' (default): the old code keeps working. 'contract': the old code is gone. */
  readonly phase?: 'expand' | 'contract'
}

/** A migration, typed. Export it as default. */
export function defineMigration(definition: MigrationDefinition): MigrationDefinition {
  return definition
}
