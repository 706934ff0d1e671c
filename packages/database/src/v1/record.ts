/** What can become of a record of V1: exactly one of these. */
export type Outcome = 'imported' | 'merged' | 'unchanged' | 'conflict' | 'quarantined'

/** A piece of V1 that is accounted for: one record becomes at most one row. */
export interface SourceRecord {
  /** Relative to the V1 directory, with slashes. */
  readonly file: string
  /** Where in the file: a JSON pointer (RFC 6901); empty for a file that is one record. */
  readonly position: string
  readonly value: unknown
}

/** Why a record was not imported. */
export type QuarantineCode =
  | 'FILE_EMPTY'
  | 'FILE_CUT'
  | 'FILE_UNREADABLE'
  | 'FILE_TOO_LARGE'
  | 'SHAPE_UNKNOWN'
  | 'TOO_DEEP'
  | 'NOT_A_FILE'
  | 'USER_UNKNOWN'
  | 'EMAIL_MISSING'
  | 'EMAIL_TAKEN'
  | 'ID_MISSING'
  | 'WORK_ORDER_UNKNOWN'
  | 'VALUE_MISSING'
  | 'VALUE_TOO_LONG'
  | 'VALUE_OUT_OF_RANGE'

/** Something that was understood and is worth knowing. Codes are counted; a few of each are shown. */
export type NoteCode =
  | 'ARCHIVE_ONLY'
  | 'COPY_TOO_LARGE'
  | 'DATE_UNREADABLE'
  | 'TEXT_CLEANED'
  | 'NUMBER_AS_TEXT'
  | 'SETTINGS_UNREADABLE'
  | 'USER_ID_REPLACED'
  | 'USERS_MERGED'
  | 'DUPLICATE_DIFFERS'
  | 'NO_WORK_ORDER'
  | 'SITE_UNNAMED'
  | 'VALUE_UNREADABLE'
  | 'NO_FOLDER'
  | 'ACTIVE_USER_UNKNOWN'
  | 'V2_CHANGED'
  | 'V2_REMOVED'

export interface Note {
  readonly code: NoteCode
  readonly file: string
  readonly position: string
  /** One sentence; never holds what may be a secret. */
  readonly message: string
}

export interface Quarantine {
  readonly code: QuarantineCode
  /** One sentence; never holds what may be a secret. */
  readonly message: string
}

/** A row of V2, in values as people mean them: not sealed, not hashed, dates as Date, JSON as values. */
export interface TargetRow {
  /** A name of `TARGETS`. */
  readonly table: string
  /** Null for what belongs to nobody. */
  readonly userId: string | null
  /**
   * The same record of V1 has the same one in every run, within its table and user. Null where the
   * record has no id of its own: the import puts a keyed digest of the record there.
   */
  readonly identity: string | null
  /** By column; a column of the table that is missing here keeps its default. */
  readonly values: Readonly<Record<string, unknown>>
}

/** What a record comes to. */
export type Mapping = {
  readonly record: SourceRecord
  readonly notes: readonly Note[]
} & (
  | {
      readonly row: TargetRow
      /** Another record of its file, which comes before it, is this row: the outcome is `merged`. */
      readonly merged?: true
    }
  | { readonly quarantine: Quarantine }
)

/** A plain object of JSON. */
export type JsonObject = Readonly<Record<string, unknown>>

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
