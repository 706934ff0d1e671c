import type { MigrateConfig } from '@fossawork/migrate'
import { mirror } from './audit-trail.ts'
import { PROJECT_CHECKS } from './checks.ts'
import { EXPECTATIONS } from './expectations.ts'
import { BOOKS } from './v1/import/books.ts'

/** FossaWork's migrations, beside this package's sources. */
export const migrationsFolder = new URL('../migrations/', import.meta.url)

/** The environment variables that name FossaWork's master key. */
export const masterKey = {
  file: 'FOSSAWORK_MASTER_KEY_FILE',
  value: 'FOSSAWORK_MASTER_KEY',
} as const

/** What is FossaWork's own of a configuration, for the command and for the application. */
export const project = {
  migrations: migrationsFolder,
  masterKey,
  // the database holds credentials; without a key there is nothing yet that a backup could be encrypted for
  backupEncryption: 'when-key',
  ownTables: BOOKS,
  derivedTables: ['work_orders_fts_map'],
  onRecord: mirror,
  expectations: EXPECTATIONS,
  checks: PROJECT_CHECKS,
  roles: { app: 'fossawork_app', admin: 'fossawork_admin' },
} as const satisfies MigrateConfig
