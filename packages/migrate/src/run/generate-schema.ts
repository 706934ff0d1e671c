import { readFileSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { MigrateError } from '../errors.ts'
import type { Snapshot } from '../schema/snapshot.ts'
import {
  formatSchemaVersions,
  schemaFilePath,
  type VersionFacts,
  versionFacts,
} from '../schema/versions.ts'
import type { RunContext } from './context.ts'
import { openRun } from './open.ts'
import { withLock } from './session.ts'
import { runStep } from './step.ts'

export interface SnapshotResult {
  /** 'nothing': the file is current. */
  readonly outcome: 'done' | 'nothing'
  readonly file: string
  readonly versions: number
}

/**
 * Runs every migration on a throw-away database and keeps what each one makes, beside the migrations. With `check`
 * nothing is written: SNAPSHOT_STALE when the file is not what it would be, SNAPSHOT_MISSING when there is none.
 */
export async function generateSchema(ctx: RunContext, check: boolean): Promise<SnapshotResult> {
  const { migrations } = ctx.settings
  const file = schemaFilePath(migrations, ctx.dialect.name)
  const versions = await runOnScratch(ctx)
  const text = formatSchemaVersions(versions)
  const result = { file, versions: versions.size }
  const current = currentText(file)
  if (text === current) return { outcome: 'nothing', ...result }
  if (check) {
    throw current === null
      ? new MigrateError('SNAPSHOT_MISSING', { message: `There is no ${file}.` })
      : new MigrateError('SNAPSHOT_STALE', { message: `${file} is not what the migrations make.` })
  }
  await writeFile(`${file}.tmp`, text)
  await rename(`${file}.tmp`, file)
  return { outcome: 'done', ...result }
}

function currentText(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null // there is none yet, or it cannot be read: then writing it says why
  }
}

async function runOnScratch(ctx: RunContext): Promise<Map<string, VersionFacts>> {
  const scratch = await ctx.dialect.scratch()
  try {
    const { dialect } = scratch
    // what happens on the scratch database is nobody's news
    const quiet: RunContext = {
      ...ctx,
      dialect,
      emit: () => {},
      settings: { ...ctx.settings, backup: 'off' },
    }
    const options = { purpose: 'snapshot', waitMs: 0, load: 'all' } as const
    return await withLock(quiet, options, async ({ writer, lock, recorder, world }) => {
      await openRun(quiet, { writer, lock, recorder, world }, { backup: false, verb: 'snapshot' })
      const versions = new Map<string, VersionFacts>()
      let before: Snapshot = await dialect.introspect(writer)
      for (const version of world.graph.order) {
        const migration = world.loaded.get(version)
        if (!migration) continue
        const dependencies = world.graph.dependencies.get(version) ?? []
        const step = { migration, direction: 'up', row: undefined, dependencies } as const
        await runStep({ ctx: quiet, writer, recorder, lock }, step)
        const after = await dialect.introspect(writer)
        versions.set(version, versionFacts(before, after, migration.checksum))
        before = after
      }
      return versions
    })
  } finally {
    await scratch.remove()
  }
}
