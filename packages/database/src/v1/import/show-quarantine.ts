import { basename } from 'node:path'
import type { Migrator } from '@fossawork/migrate'
import { mapSecrets } from '../../credentials/secret-fields.ts'
import { booksExist } from './books.ts'
import { keysOf, NEEDS } from './needs.ts'
import { type QuarantineRow, quarantineKey, readQuarantine } from './quarantine.ts'
import { createSealing, type Sealing } from './sealing.ts'

/** A record that was not imported. */
export interface QuarantinedRecord {
  readonly file: string
  readonly position: string
  readonly userId: string | null
  readonly code: string
  readonly reason: string
  /** The record as text, its secrets masked and cut to 200 characters; null where only the archive has it. */
  readonly content: string | null
}

export interface QuarantineList {
  readonly records: readonly QuarantinedRecord[]
}

/** All records in quarantine, by file. Writes nothing. Throws KEY_MISSING. */
export async function showQuarantine(migrator: Migrator): Promise<QuarantineList> {
  return migrator.look({ name: 'import-v1', needs: NEEDS }, async (look) => {
    if (!(await booksExist(look))) return { records: [] }
    const sealing = createSealing(await keysOf(look), look.dialect)
    const rows = await readQuarantine(look)
    return { records: rows.map((row) => shown(row, sealing)) }
  })
}

function shown(row: QuarantineRow, sealing: Sealing): QuarantinedRecord {
  return {
    file: row.file,
    position: row.position,
    userId: row.user_id || null,
    code: row.code,
    reason: row.reason,
    content:
      row.content === null
        ? null
        : masked(sealing.openContent(quarantineKey(row), row.content), row.file),
  }
}

const SHOWN = 200
const MASK = '[redacted]'

/** What is no JSON, a file that is cut off perhaps, is not shown at all: nobody can say what in it is secret. */
function masked(content: string, file: string): string {
  const value: unknown = JSON.parse(content)
  if (typeof value === 'string') return `${value.length} characters of text`
  const text = JSON.stringify(mapSecrets(value, () => MASK, false, basename(file)))
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}…`
}
