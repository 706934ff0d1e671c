import { BACKUPS } from './codes/backups.ts'
import { type CodeInfo, code } from './codes/code.ts'
import { DATABASE } from './codes/database.ts'
import { IMPORTS } from './codes/imports.ts'
import { JOURNAL } from './codes/journal.ts'
import { LOCK } from './codes/lock.ts'
import { MIGRATIONS } from './codes/migrations.ts'
import { RUNNING } from './codes/running.ts'
import { USAGE } from './codes/usage.ts'

export type { CodeInfo }

/** Every error this package raises. `docs/errors.md` is generated from it. */
export const CODES = {
  ...USAGE,
  ...MIGRATIONS,
  ...JOURNAL,
  ...RUNNING,
  ...LOCK,
  ...DATABASE,
  ...BACKUPS,
  ...IMPORTS,
  INTERNAL: code(1, 'Something went wrong that this tool does not know.', 'Report it, please.'),
} as const satisfies Record<string, CodeInfo>

/** A stable name for what went wrong; never changes once released. */
export type ErrorCode = keyof typeof CODES
