import { MigrateError } from '../errors.ts'
import { readSchemaVersions, type SchemaVersions } from '../schema/versions.ts'
import type { RunContext } from './context.ts'
import type { World } from './gather.ts'

/**
 * The generated snapshot, sure to speak of `versions` as their files are now, or as they were applied. Throws
 * SNAPSHOT_MISSING and SNAPSHOT_STALE.
 */
export function expectedVersions(
  ctx: RunContext,
  world: World,
  versions: Iterable<string>,
): SchemaVersions {
  const known = readSchemaVersions(ctx.settings.migrations, ctx.dialect.name)
  if (!known) {
    throw new MigrateError('SNAPSHOT_MISSING', {
      message: `There is no generated snapshot for ${ctx.dialect.name} in ${ctx.settings.migrations}.`,
    })
  }
  const checksums = new Map(world.files.map((file) => [file.version, file.checksum]))
  for (const version of versions) {
    const checksum = known.get(version)?.checksum
    // that a file was changed is told elsewhere: what it made is still known
    const isApplied = checksum !== undefined && checksum === world.rows.get(version)?.checksum
    if (!isApplied && checksum !== checksums.get(version)) {
      throw new MigrateError('SNAPSHOT_STALE', {
        message: `The generated snapshot does not know ${version} as its file is now.`,
      })
    }
  }
  return known
}
