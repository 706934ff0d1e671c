/** FossaWork's migrations, beside this package's sources. */
export const migrationsFolder = new URL('../migrations/', import.meta.url)
