import type { Format } from '../generate.ts'

export type Database = 'sqlite' | 'postgres'

/**
 * Opens the database, runs what is pending in `folder` and closes it again: everything on an empty database,
 * nothing on one where all is applied.
 */
export type Migrate = (folder: string, url: string) => Promise<void>

/** A tool that is measured. The other files of this folder export one as `peer`. */
export interface Peer {
  readonly name: string
  readonly databases: readonly Database[]
  /** What its migrations are written as. */
  readonly format: Format
  /** Imports what it needs for the database. Measured by itself: an application pays it once. */
  load(database: Database): Promise<Migrate>
  /** Loads what the tool loads by itself once it has something to do, so that `apply` times the work alone for all. */
  ready?(database: Database): Promise<void>
}

/** The file of a `sqlite:////absolute/path` URL. */
export const sqliteFile = (url: string): string => url.slice('sqlite:///'.length)
