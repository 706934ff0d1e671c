import type { Look } from '@fossawork/migrate'
import type { QuarantineCode } from '../record.ts'
import type { RecordKey } from './books.ts'

/** A quarantined record as the books keep it. */
export interface QuarantineRow {
  readonly user_id: string
  readonly identity: string
  readonly file: string
  readonly file_user: string | null
  readonly position: string
  readonly code: QuarantineCode
  readonly reason: string
  readonly content: string | null
  /** Of the record. */
  readonly digest: string
}

export async function readQuarantine({ query }: Pick<Look, 'query'>): Promise<QuarantineRow[]> {
  const { rows } = await query<QuarantineRow>(
    `SELECT r.user_id, r.identity, f.file, f.user_id AS file_user, r.position, r.code, r.reason,
       r.content, r.digest
     FROM v1_import_records r JOIN v1_import_files f ON f.id = r.file_id
     WHERE r.target_table = '' AND r.outcome = 'quarantined' ORDER BY f.file, r.position`,
  )
  return rows
}

/** What stands in quarantine, and where it was in V1. */
export interface InQuarantine extends RecordKey {
  readonly file: string
  readonly position: string
  /** Of the record. */
  readonly digest: string
}

export const quarantineKey = (row: QuarantineRow): RecordKey => ({
  userId: row.user_id,
  table: '',
  identity: row.identity,
})
