import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { asMigrateError, MigrateError } from '../errors.ts'
import { readMigrationFiles } from '../migration/files.ts'
import { closure, createGraph } from '../migration/graph.ts'
import { loadMigration, type Migration } from '../migration/load.ts'
import type { RunContext } from './context.ts'
import { recordDown } from './record-down.ts'

export interface EmergencyResult {
  /** 'nothing': the scripts are current. */
  readonly outcome: 'done' | 'nothing'
  readonly folder: string
  /** The scripts' names, in the order in which the versions are applied. */
  readonly scripts: readonly string[]
  /** Versions that can have none, and why. */
  readonly without: readonly { readonly version: string; readonly reason: string }[]
}

/**
 * Writes a script for each version that rolls it back with the database's own client alone. Needs no database. With
 * `check` nothing is written: EMERGENCY_STALE when a script is not what it would be, missing, or one too many.
 * `folder` null: `rollback`, beside the migrations.
 */
export async function emergencyScripts(
  ctx: RunContext,
  options: { readonly folder: string | null; readonly check: boolean },
): Promise<EmergencyResult> {
  const folder = options.folder ?? join(dirname(ctx.settings.migrations), 'rollback')
  const { texts, without } = await makeScripts(ctx)
  const found = await readScripts(folder, `_rollback.${ctx.dialect.name}.sql`)
  const stale = [
    ...[...texts].filter(([name, text]) => found.get(name) !== text),
    // one that somebody wrote for a version that can have none stays
    ...[...found].filter(([name, text]) => !texts.has(name) && isGenerated(text)),
  ].map(([name]) => name)
  const result = { folder, scripts: [...texts.keys()], without }
  if (stale.length === 0) return { outcome: 'nothing', ...result }
  if (options.check) {
    throw new MigrateError('EMERGENCY_STALE', {
      message: `These emergency scripts in ${folder} are not what the migrations' downs do: ${stale.join(', ')}.`,
    })
  }
  await mkdir(folder, { recursive: true })
  for (const name of stale) {
    const [file, text] = [join(folder, name), texts.get(name)]
    if (text === undefined) {
      await rm(file)
    } else {
      await writeFile(`${file}.tmp`, text)
      await rename(`${file}.tmp`, file)
    }
  }
  return { outcome: 'done', ...result }
}

async function makeScripts(ctx: RunContext) {
  const { dialect } = ctx
  const migrations = new Map<string, Migration>()
  for (const file of readMigrationFiles(ctx.settings.migrations)) {
    migrations.set(file.version, await loadMigration(file, dialect.name))
  }
  const { order, dependencies } = createGraph([...migrations.values()])
  const emergency = await dialect.emergency()
  const texts = new Map<string, string>()
  const without: EmergencyResult['without'][number][] = []
  for (const version of order) {
    const migration = migrations.get(version) as Migration
    const needing = closure([version], (need) =>
      order.filter((other) => dependencies.get(other)?.includes(need)),
    )
    try {
      const text = emergency.script({
        version,
        description: migration.description.replaceAll(/\s+/g, ' '),
        dependents: order.filter((other) => other !== version && needing.has(other)),
        statements: await recordDown(migration, dialect),
      })
      texts.set(`emergency_${shortName(version, order)}_rollback.${dialect.name}.sql`, text)
    } catch (thrown) {
      without.push({ version, reason: asMigrateError(thrown).message })
    }
  }
  return { texts, without }
}

/** `v003` of `v003_add_indexes`, where no other version begins with that number. */
function shortName(version: string, all: readonly string[]): string {
  const numberOf = (name: string): string | undefined => /^v?\d+/i.exec(name)?.[0]
  const short = numberOf(version)
  const alone = all.filter((other) => numberOf(other) === short).length === 1
  return short !== undefined && alone ? short : version
}

const isGenerated = (text: string): boolean => text.startsWith('-- Emergency rollback of ')

async function readScripts(folder: string, suffix: string): Promise<Map<string, string>> {
  const names = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return []
    throw cause
  })
  const found = new Map<string, string>()
  for (const name of names) {
    if (!name.startsWith('emergency_') || !name.endsWith(suffix)) continue
    found.set(name, await readFile(join(folder, name), 'utf8'))
  }
  return found
}
