import { isObject, type Mapping } from '../record.ts'
import type { UserContext, Whole } from './file-kind.ts'
import { draft, mapped, shapeUnknown } from './mapping.ts'

/**
 * What V1 scraped, as one file: one row of user_scraped_content, with the file's SHA-256. Its position
 * is `#copy`, since '' is the file as the holder of its work orders. A folder that was renamed has the same copy.
 */
export function mapScrapedCopy({ file, value, sha256 }: Whole, { userId }: UserContext): Mapping[] {
  const record = { file, position: '#copy', value }
  if (!isObject(value) && !Array.isArray(value)) {
    return [shapeUnknown(record, 'what V1 scraped (an object or a list)')]
  }
  const type = file.slice(file.lastIndexOf('/') + 1).replace(/\.json$/, '')
  const values = { user_id: userId, content_type: type, content: value, checksum: sha256 }
  return [mapped(draft(record), { table: 'user_scraped_content', userId, identity: type, values })]
}
