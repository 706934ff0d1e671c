/** Beside the database, so that the lock goes where it goes. */
export const lockFile = (file: string): string => `${file}-migrate.lock`

/** Every file that a database may consist of: its own, SQLite's WAL, its index and its journal, the run lock. */
export const databaseFiles = (file: string): string[] => [
  file,
  `${file}-wal`,
  `${file}-shm`,
  `${file}-journal`,
  lockFile(file),
]
