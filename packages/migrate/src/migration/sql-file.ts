import type { DialectName } from '../dialect/port.ts'
import { splitTokens } from '../sql/split.ts'
import { isBlank, type Token, tokens } from '../sql/tokens.ts'
import { type Directive, directiveIn, invalid, type SectionName } from './sql-directives.ts'
import { isHeader, readHeader, type SqlHeaders } from './sql-headers.ts'
import { type Section, type SqlSection, sectionOf } from './sql-section.ts'

export interface SqlMigration extends SqlHeaders {
  /** The file says `-- migrate:irreversible`. */
  readonly irreversible: boolean
  readonly up: SqlSection
  /** Null where the file has no statement for going back. */
  readonly down: SqlSection | null
}

/**
 * Parses a migration in dbmate's format: `-- migrate:up`, `-- migrate:down`, each with `transaction:false` if
 * need be; and with our header lines, which dbmate takes for comments. The description defaults to the first
 * comment. Directives inside strings, dollar quotes and block comments are none. CRLF and a BOM are accepted.
 * Throws MIGRATION_UNPARSABLE where the SQL cannot be divided and MIGRATION_INVALID for everything else, with
 * the place in `at` (without the file).
 */
export function parseSqlMigration(source: string, dialect: DialectName): SqlMigration {
  const { header, headers, sections } = divide(source, dialect)
  const section = (name: SectionName): Section | undefined =>
    sections.find(({ directive }) => directive.name === name)

  refuseSqlInHeader(header, source)
  const upSection = section('up')
  if (!upSection) {
    throw invalid(source, 0, {
      message: 'The file has no -- migrate:up section.',
      hint: 'Write -- migrate:up on a line of its own before the statements, and -- migrate:down before those that go back.',
    })
  }
  const downSection = section('down')
  const irreversible = section('irreversible')
  const description = headers.description ?? firstComment(header)
  const up = sectionOf(upSection, source, dialect)
  const down = downSection && sectionOf(downSection, source, dialect)
  if (irreversible) refuseWayBack(irreversible, down, source, dialect)
  return {
    ...headers,
    ...(description !== undefined && { description }),
    irreversible: irreversible !== undefined,
    up,
    down: down?.statements.length ? down : null,
  }
}

interface Divided {
  /** What stands before the first section, directives left out. */
  readonly header: readonly Token[]
  readonly headers: SqlHeaders
  readonly sections: readonly Section[]
}

function divide(source: string, dialect: DialectName): Divided {
  const header: Token[] = []
  const sections: Section[] = []
  const seen = new Set<string>()
  let headers: SqlHeaders = {}
  for (const token of tokens(source, dialect)) {
    const directive = token.kind === 'comment' ? directiveIn(token, source) : undefined
    const current = sections.at(-1)
    if (!directive) {
      const part = current ? current.tokens : header
      part.push(token)
      continue
    }
    refuseMisplaced(directive, current?.directive, seen, source)
    seen.add(directive.name)
    if (isHeader(directive.name)) {
      headers = { ...headers, ...readHeader(directive.name, directive, source) }
    } else {
      sections.push({ directive, tokens: [] })
    }
  }
  return { header, headers, sections }
}

function refuseMisplaced(
  { name, offset }: Directive,
  section: Directive | undefined,
  seen: ReadonlySet<string>,
  source: string,
): void {
  if (seen.has(name)) {
    throw invalid(source, offset, {
      message: `-- migrate:${name} is there a second time.`,
      hint: 'Keep one. A file is one migration; another one goes into a file of its own.',
    })
  }
  if (isHeader(name) && section) {
    throw invalid(source, offset, {
      message: `-- migrate:${name} stands after -- migrate:${section.name}.`,
      hint: 'Move the line before -- migrate:up.',
    })
  }
  if (!isHeader(name) && name !== 'up' && !section) {
    throw invalid(source, offset, {
      message: `-- migrate:${name} stands before -- migrate:up.`,
      hint: 'Put the up section first.',
    })
  }
  if (name === 'down' && seen.has('irreversible')) throw contradiction(offset, source)
}

const contradiction = (offset: number, source: string) =>
  invalid(source, offset, {
    message: 'The migration is declared irreversible and says how to go back.',
    hint: 'Remove -- migrate:irreversible, or what goes back.',
  })

function refuseSqlInHeader(header: readonly Token[], source: string): void {
  const sql = header.find((token) => !isBlank(token))
  if (!sql) return
  throw invalid(source, sql.start, {
    message: 'SQL stands before -- migrate:up; it belongs to no section.',
    hint: 'Write -- migrate:up on a line of its own before the first statement.',
  })
}

/** To dbmate the line is a comment, so that SQL after it would run as a part of the section before. */
function refuseWayBack(
  irreversible: Section,
  down: SqlSection | undefined,
  source: string,
  dialect: DialectName,
): void {
  const { directive } = irreversible
  const statement = down?.statements[0] ?? splitTokens(source, irreversible.tokens, dialect)[0]
  if (statement) throw contradiction(statement.offset, source)
  if (!directive.value) return
  throw invalid(source, directive.valueOffset, {
    message: 'migrate:irreversible takes no options.',
    hint: 'Write the reason into a comment on a line of its own.',
  })
}

/** The first line of comment with a word in it. */
function firstComment(header: readonly Token[]): string | undefined {
  for (const { kind, text } of header) {
    if (kind !== 'comment') continue
    const inside = text.replace(/^(?:--|\/\*)/, '').replace(/\*\/$/, '')
    for (const line of inside.split('\n')) {
      const words = line.replace(/^[\s*-]+/, '').trim()
      if (/[\p{L}\p{N}]/u.test(words)) return words
    }
  }
  return undefined
}
