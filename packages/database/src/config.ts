/** FossaWork's migrations, beside this package's sources. */
export const migrationsFolder = new URL('../migrations/', import.meta.url)

/** The environment variables that name FossaWork's master key. */
export const masterKey = {
  file: 'FOSSAWORK_MASTER_KEY_FILE',
  value: 'FOSSAWORK_MASTER_KEY',
} as const
