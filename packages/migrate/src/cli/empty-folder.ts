import type { Migrator } from '../api.ts'
import { readMigrationFiles } from '../migration/files.ts'
import type { RunResult } from '../run/result.ts'

/** The migrations folder where a run had nothing to do because there is no migration in it, else null. */
export function emptyFolder({ migrations }: Migrator, { plan }: RunResult): string | null {
  if (plan.steps.length > 0) return null
  return readMigrationFiles(migrations).length === 0 ? migrations : null
}
