import { isUtf8 } from 'node:buffer'
import { pathToFileURL } from 'node:url'
import type { Kysely } from 'kysely'
import * as v from 'valibot'
import type { DialectName } from '../dialect/port.ts'
import { asMigrateError, MigrateError } from '../errors.ts'
import { describeIssues } from '../issues.ts'
import { explainImport } from '../module-error.ts'
import type { Statement } from '../sql/split.ts'
import type { MigrationDefinition, MigrationFunction } from './define.ts'
import type { MigrationFile } from './files.ts'
import { parseSqlMigration } from './sql-file.ts'

/** What one direction of a migration does. */
export type MigrationBody =
  | { readonly kind: 'function'; readonly run: MigrationFunction; readonly transaction: boolean }
  | {
      readonly kind: 'sql'
      readonly statements: readonly Statement[]
      /** The whole file, for places and code frames. */
      readonly source: string
      readonly transaction: boolean
    }

/** A migration that is ready to run. */
export interface Migration {
  readonly version: string
  readonly path: string
  readonly checksum: string
  readonly description: string
  /** Null where the file declares none: it then follows the version before it. */
  readonly dependsOn: readonly string[] | null
  readonly phase: 'expand' | 'contract'
  readonly foreignKeys: 'enforced' | 'checked'
  readonly shrinks: readonly string[]
  readonly up: MigrationBody
  /** `null`: the file says nothing about going back. */
  readonly down: MigrationBody | 'irreversible' | null
}

const definition = v.strictObject({
  description: v.pipe(v.string(), v.trim(), v.minLength(1, 'must not be empty')),
  dependsOn: v.optional(v.array(v.string())),
  up: v.function(),
  down: v.union([v.function(), v.literal('irreversible')]),
  transaction: v.optional(v.boolean(), true),
  foreignKeys: v.optional(v.picklist(['enforced', 'checked']), 'enforced'),
  shrinks: v.optional(v.array(v.string()), []),
  phase: v.optional(v.picklist(['expand', 'contract']), 'expand'),
})

/** Parses or imports a migration. Throws MIGRATION_UNPARSABLE or MIGRATION_INVALID, naming the file. */
export async function loadMigration(file: MigrationFile, dialect: DialectName): Promise<Migration> {
  const migration = file.kind === 'sql' ? loadSql(file, dialect) : await loadModule(file)
  if (migration.foreignKeys === 'checked' && !isTransactional(migration)) {
    throw new MigrateError('MIGRATION_INVALID', {
      message: `${file.path} asks for foreignKeys 'checked' outside a transaction, where nothing could be undone.`,
      hint: 'Leave transaction: false out, or split the migration in two.',
      at: { file: file.path },
    })
  }
  return migration
}

const isTransactional = ({ up, down }: Migration): boolean =>
  up.transaction && (down === null || down === 'irreversible' || down.transaction)

function loadSql(file: MigrationFile, dialect: DialectName): Migration {
  if (!isUtf8(file.source) || file.source.includes(0)) {
    throw new MigrateError('MIGRATION_UNPARSABLE', {
      message: `${file.path} is not text in UTF-8.`,
      hint: 'Save the file in UTF-8.',
      at: { file: file.path },
    })
  }
  const source = file.source.toString('utf8')
  try {
    const parsed = parseSqlMigration(source, dialect)
    const body = (section: typeof parsed.up): MigrationBody => ({ kind: 'sql', ...section, source })
    return {
      ...identity(file),
      description: parsed.description ?? describe(file.version),
      dependsOn: parsed.dependsOn ?? null,
      phase: parsed.phase ?? 'expand',
      foreignKeys: parsed.foreignKeys ?? 'enforced',
      shrinks: parsed.shrinks ?? [],
      up: body(parsed.up),
      down: parsed.irreversible ? 'irreversible' : parsed.down && body(parsed.down),
    }
  } catch (thrown) {
    const error = asMigrateError(thrown)
    throw new MigrateError(error.code, {
      message: `${file.path}: ${error.message}`,
      hint: error.hint,
      at: { file: file.path, ...error.at },
      cause: error.cause,
    })
  }
}

async function loadModule(file: MigrationFile): Promise<Migration> {
  const exported = await importModule(file)
  const nested = exported.default
  if (isDefinition(nested)) return fromDefinition(file, nested)
  const plain = exported.up === undefined && typeof nested === 'object' ? nested : exported
  return fromExports(file, plain as Record<string, unknown>)
}

async function importModule(file: MigrationFile): Promise<Record<string, unknown>> {
  // the checksum makes a file that changed in a long-lived process a module of its own
  const url = `${pathToFileURL(file.path)}?checksum=${file.checksum}`
  try {
    return await import(url)
  } catch (cause) {
    const { syntax, why, hint } = explainImport(file.path, cause)
    throw new MigrateError(syntax ? 'MIGRATION_UNPARSABLE' : 'MIGRATION_INVALID', {
      message: `${file.path} ${syntax ? 'does not parse' : 'cannot be imported'}: ${why}`,
      hint,
      at: { file: file.path },
      cause,
    })
  }
}

/** `defineMigration` has a description; Kysely's own migrations have none. */
const isDefinition = (value: unknown): value is MigrationDefinition =>
  typeof value === 'object' && value !== null && 'description' in value

function fromDefinition(file: MigrationFile, exported: MigrationDefinition): Migration {
  const parsed = v.safeParse(definition, exported)
  if (!parsed.success) {
    throw new MigrateError('MIGRATION_INVALID', {
      message: `${file.path} does not define a migration: ${describeIssues(parsed.issues)}.`,
      hint: 'See defineMigration: description, up and down are needed; unknown keys are refused.',
      at: { file: file.path },
    })
  }
  const { up, down, dependsOn = null, transaction, ...rest } = parsed.output
  const body = (run: unknown): MigrationBody => ({
    kind: 'function',
    run: run as MigrationFunction,
    transaction,
  })
  return {
    ...identity(file),
    ...rest,
    dependsOn,
    up: body(up),
    down: down === 'irreversible' ? down : body(down),
  }
}

/** Kysely's own form: `export async function up(db)`, and `down(db)` where there is a way back. */
function fromExports(file: MigrationFile, exported: Record<string, unknown>): Migration {
  const { up, down } = exported
  if (typeof up !== 'function' || (down !== undefined && typeof down !== 'function')) {
    throw new MigrateError('MIGRATION_INVALID', {
      message:
        typeof up === 'function'
          ? `${file.path} exports a down that is not a function.`
          : `${file.path} exports no up function.`,
      at: { file: file.path },
    })
  }
  const body = (run: (db: Kysely<any>) => Promise<void>): MigrationBody => ({
    kind: 'function',
    run: ({ db }) => run(db),
    transaction: true,
  })
  return {
    ...identity(file),
    description: describe(file.version),
    dependsOn: null,
    phase: 'expand',
    foreignKeys: 'enforced',
    shrinks: [],
    up: body(up as never),
    down: down ? body(down as never) : null,
  }
}

const identity = ({ version, path, checksum }: MigrationFile) => ({ version, path, checksum })

/** `v003_add_indexes` → `Add indexes`. */
function describe(version: string): string {
  const words = version
    .replace(/^[vV]?[\d._-]*\d[._-]*/, '')
    .replace(/[_-]+/g, ' ')
    .trim()
  return words ? `${words[0]?.toUpperCase()}${words.slice(1)}` : version
}
