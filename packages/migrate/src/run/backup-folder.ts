import { join } from 'node:path'
import { type DatabaseId, databaseIdOf } from '../backup/catalogue/index-file.ts'
import type { SpaceContext } from '../backup/space.ts'
import type { RunContext } from './context.ts'

/** The folder that a database's backups stand in. */
export const backupFolder = ({ settings, dialect }: RunContext): string =>
  settings.backupDir ?? join(dialect.home, 'backups')

/** Whose backups: several databases may share a folder. */
export const databaseOf = ({ dialect }: RunContext): DatabaseId => databaseIdOf(dialect)

/** What a lack of room is explained with. */
export const spaceContext = (ctx: RunContext): SpaceContext => ({
  folder: backupFolder(ctx),
  dialect: ctx.dialect,
  keep: ctx.settings.backupKeep,
})
