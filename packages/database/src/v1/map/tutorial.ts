import type { Mapping } from '../record.ts'
import { type Whole, wholeRecord } from './file-kind.ts'
import { draft, mapped } from './mapping.ts'

/**
 * A file of the demo user's folder, of any name: one row of tutorial_data, called as the file is less
 * its extension. `content.value` is undefined for what is no JSON: its text is the data.
 */
export function mapTutorialFile(content: Whole): Mapping[] {
  const record = wholeRecord(content)
  const name = content.file.slice(content.file.lastIndexOf('/') + 1)
  const values = { data_type: name.replace(/(?<=.)\.[^.]*$/, ''), data: record.value }
  const row = { table: 'tutorial_data', userId: null, identity: content.file, values }
  return [mapped(draft(record), row)]
}
