import type { DialectName } from '../dialect/port.ts'

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/))

/**
 * Words that mean something else, or nothing, without their quotes: `"null"` is a column, `null` is not.
 * SQLite: https://sqlite.org/lang_keywords.html without those that its grammar also takes for a name, and
 * with the names of values. PostgreSQL: appendix C, the reserved ones.
 */
const RESERVED: Record<DialectName, ReadonlySet<string>> = {
  sqlite: words(`
    add all alter and as autoincrement between case check collate commit constraint create current_date
    current_time current_timestamp default deferrable delete distinct drop else escape except exists false
    foreign from group having in index insert intersect into is isnull join limit not nothing notnull null on
    or order primary references returning select set table then to transaction true union unique update using
    values when where`),
  postgres: words(`
    all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate
    collation column concurrently constraint create cross current_catalog current_date current_role
    current_schema current_time current_timestamp current_user default deferrable desc distinct do else end
    except false fetch for foreign freeze from full grant group having ilike in initially inner intersect into
    is isnull join lateral leading left like limit localtime localtimestamp natural not notnull null offset on
    only or order outer overlaps placing primary references returning right select session_user similar some
    symmetric system_user table tablesample then to trailing true union unique user using variadic verbose
    when where window with`),
}

export const isReserved = (word: string, dialect: DialectName): boolean =>
  RESERVED[dialect].has(word)
