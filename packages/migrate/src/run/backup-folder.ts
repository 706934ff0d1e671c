import { join } from 'node:path'
import type { DatabaseId } from '../backup/catalogue/index-file.ts'
import type { RunContext } from './context.ts'

/** The folder that a database's backups stand in. */
export const backupFolder = ({ settings, dialect }: RunContext): string =>
  settings.backupDir ?? join(dialect.home, 'backups')

/** Whose backups: several databases may share a folder. */
export const databaseOf = ({ dialect }: RunContext): DatabaseId => ({
  dialect: dialect.name,
  identity: dialect.identity,
})
