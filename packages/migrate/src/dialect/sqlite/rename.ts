import type { Fact } from '../../schema/snapshot.ts'
import { quoted, sameName } from './catalogue.ts'

/** Gives a table or a column another name; what names it in other tables, indexes, triggers and views follows. */
export function renameStatements(from: Fact, to: Fact): string[] {
  if (from.kind === 'column') {
    return [
      `ALTER TABLE ${quoted(to.table ?? '')} RENAME COLUMN ${quoted(from.name)} TO ${quoted(to.name)}`,
    ]
  }
  const rename = (old: string, name: string): string =>
    `ALTER TABLE ${quoted(old)} RENAME TO ${quoted(name)}`
  // its own name in other letters is taken, SQLite says
  const aside = `_renamed_${to.name}`
  return sameName(from.name, to.name)
    ? [rename(from.name, aside), rename(aside, to.name)]
    : [rename(from.name, to.name)]
}
