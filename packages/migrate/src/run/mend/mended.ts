import type { Mend } from '../../finding.ts'
import { quarantineOf } from '../../validate/schema.ts'
import type { MovedRows } from './remove-copied.ts'

/** Something that was mended, or would be. */
export interface Mended {
  readonly kind: Mend['kind']
  /** `index users.idx_users_email`, or a table. */
  readonly object: string
  /** In words: `moved 5 rows of dispensers to quarantine_dispensers`. */
  readonly what: string
  /** Rows that were moved, added or switched on; of a dry run those that were found. Null for an index. */
  readonly rows: number | null
}

export const objectOf = (mend: Mend): string =>
  'index' in mend ? `index ${mend.table}.${mend.index}` : mend.table

/** What would be done. `count` rows were found. */
export function planned(mend: Mend, count: number): Mended {
  switch (mend.kind) {
    case 'build_index':
      return told(mend, `would build ${objectOf(mend)}`, null)
    case 'rebuild_index':
      return told(mend, `would build ${objectOf(mend)} anew`, null)
    case 'seed_rows':
      return told(mend, `would add or switch on ${rowsOf(count, mend.table)}`, count)
    case 'quarantine':
      return told(
        mend,
        `would move ${rowsOf(count, mend.table)} to ${quarantineOf(mend.table)}, and what belongs to them`,
        count,
      )
  }
}

/** What was done. */
export function finished(mend: Mend, moved: readonly MovedRows[] = []): Mended {
  const rows = moved.reduce((sum, one) => sum + one.rows, 0)
  switch (mend.kind) {
    case 'build_index':
      return told(mend, `built ${objectOf(mend)}`, null)
    case 'rebuild_index':
      return told(mend, `built ${objectOf(mend)} anew`, null)
    case 'seed_rows':
      return told(mend, `added or switched on ${rowsOf(rows, mend.table)}`, rows)
    case 'quarantine': {
      const parts = moved.map(
        (one) => `${rowsOf(one.rows, one.table)} to ${quarantineOf(one.table)}`,
      )
      return told(mend, `moved ${parts.join(', ')}`, rows)
    }
  }
}

const told = (mend: Mend, what: string, rows: number | null): Mended => ({
  kind: mend.kind,
  object: objectOf(mend),
  what,
  rows,
})

/** `5 rows of dispensers`. */
export const rowsOf = (count: number, table: string): string =>
  `${count} ${count === 1 ? 'row' : 'rows'} of ${table}`
