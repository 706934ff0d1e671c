import type { Look } from '@fossawork/migrate'
import type { RecordKey } from './books.ts'

/** A quarantined record as the books keep it. */
export interface QuarantineRow {
  readonly user_id: string
  readonly identity: string
  readonly file: string
  readonly file_user: string | null
  readonly position: string
  readonly code: string
  readonly reason: string
  readonly content: string | null
}

export async function readQuarantine({ query }: Pick<Look, 'query'>): Promise<QuarantineRow[]> {
  const { rows } = await query<QuarantineRow>(
    `SELECT r.user_id, r.identity, f.file, f.user_id AS file_user, r.position, r.code, r.reason,
       r.content
     FROM v1_import_records r JOIN v1_import_files f ON f.id = r.file_id
     WHERE r.target_table = '' AND r.outcome = 'quarantined' ORDER BY f.file, r.position`,
  )
  return rows
}

export const quarantineKey = (row: QuarantineRow): RecordKey => ({
  userId: row.user_id,
  table: '',
  identity: row.identity,
})
