import type { Mapping } from '../record.ts'
import { type UserContext, type Whole, wholeRecord } from './file-kind.ts'
import { draft, mapped } from './mapping.ts'

/**
 * `schedule_changes.txt`, V1's report for people: one row of user_schedule_changes with the whole text.
 * It says nothing of when it was written.
 */
export function mapScheduleReport(content: Whole, { userId }: UserContext): Mapping[] {
  const { file, text, sha256 } = content
  const values = {
    user_id: userId,
    change_type: 'report',
    change_data: { source: 'schedule_changes.txt', sha256 },
    change_text: text,
    detected_at: null,
  }
  const row = { table: 'user_schedule_changes', userId, identity: file, values }
  return [mapped(draft(wholeRecord(content)), row)]
}
