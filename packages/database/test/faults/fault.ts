import type { Category, Finding, MigrateConfig, Migrator } from '@fossawork/migrate'
import type { DatabaseKind } from '../../../../test/support/databases.ts'

type DialectName = DatabaseKind['dialect']

/** How a validation is opened where that is the fault. */
export interface Opening {
  readonly config?: Partial<MigrateConfig>
  readonly env?: Readonly<Record<string, string>>
}

/** A copy of the sound database, and a hand that knows nothing of the engine. */
export interface Victim {
  readonly dialect: DialectName
  readonly url: string
  /** Holds all of it: `test.db`, `master.key`, `backups`. */
  readonly folder: string
  readonly backupDir: string
  readonly keyFile: string
  readonly roles: { readonly app: string; readonly admin: string }
  /** Runs statements as if no foreign key were there, and on PostgreSQL no trigger. */
  run(...statements: readonly string[]): Promise<void>
  /** The rows of each query. */
  read(...queries: readonly string[]): Promise<Record<string, unknown>[][]>
  open(opening?: Opening): Promise<Migrator>
  close(): Promise<unknown>
}

export type Inject = (victim: Victim) => Promise<Opening | undefined>

/** Something that is wrong with a database, and what `validate` must say of it. */
export interface Fault {
  readonly name: string
  readonly category: Category
  readonly code: Finding['code']
  /** The finding's object, version, or file below the victim's folder. */
  readonly place: string
  /** Default: both databases. */
  readonly on?: DialectName
  readonly inject: readonly string[] | Inject
  /** How many rows it is about; they are told with examples. */
  readonly rows?: number
  /** `validate --fix` mends it. */
  readonly mends?: true
}

/** Does it in each database's own way. */
export const each =
  (ways: Readonly<Record<DialectName, (victim: Victim) => Promise<void>>>): Inject =>
  async (victim) => {
    await ways[victim.dialect](victim)
    return undefined
  }

/** Runs these statements. */
export const run =
  (...statements: readonly string[]) =>
  (victim: Victim): Promise<void> =>
    victim.run(...statements)
