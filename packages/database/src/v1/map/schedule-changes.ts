import type { Mapping } from '../record.ts'
import { type UserContext, type Whole, wholeRecord } from './file-kind.ts'
import { draft, mapped } from './mapping.ts'

const NAME = 'schedule_changes.txt'

/**
 * `schedule_changes.txt`, V1's report for people: one row of user_schedule_changes with the whole text.
 * It says nothing of when it was written, and is the same one in a folder that was renamed.
 */
export function mapScheduleReport(content: Whole, { userId }: UserContext): Mapping[] {
  const { text, sha256 } = content
  const values = {
    user_id: userId,
    change_type: 'report',
    change_data: { source: NAME, sha256 },
    change_text: text,
    detected_at: null,
  }
  const row = { table: 'user_schedule_changes', userId, identity: NAME, values }
  return [mapped(draft(wholeRecord(content)), row)]
}
