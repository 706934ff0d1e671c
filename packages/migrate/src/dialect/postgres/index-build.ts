import type { Token } from '../../sql/tokens.ts'
import { head, meant, statementsOf } from './statement-kind.ts'

/** What a statement that builds an index says of it. */
export interface IndexBuild {
  readonly verb: 'create' | 'reindex'
  /** Without blocking writes, in several transactions: what is stopped half-way is left behind, not valid. */
  readonly concurrently: boolean
  /** Whatever has the index's name already is taken for it, be it valid or not. */
  readonly ifNotExists: boolean
  /** As the catalogue has it, without a schema; null where the statement does not say. */
  readonly index: string | null
  /** As it is written, perhaps with a schema; null where the statement does not say. */
  readonly table: string | null
  /** Whether nothing else stands in the text. */
  readonly isAlone: boolean
}

const MAY_BUILD = head('create|reindex')

/** The first statement of a text that builds an index, CREATE INDEX or REINDEX; null where there is none. */
export function indexBuildOf(sql: string): IndexBuild | null {
  // a look at the catalogue names indexes too
  if (!/\b(?:create|reindex)\b/i.test(sql) || !/index/i.test(sql)) return null
  const statements = statementsOf(sql)
  for (const text of statements) {
    const build = MAY_BUILD.test(text) ? parse(createCursor(meant(text))) : null
    if (build) return { ...build, isAlone: statements.length === 1 }
  }
  return null
}

type Parsed = Omit<IndexBuild, 'isAlone'>

const parse = (cursor: Cursor): Parsed | null =>
  cursor.takes('reindex') ? reindex(cursor) : cursor.takes('create') ? create(cursor) : null

// CREATE [UNIQUE] INDEX [CONCURRENTLY] [[IF NOT EXISTS] name] ON [ONLY] table …
function create(cursor: Cursor): Parsed | null {
  cursor.takes('unique')
  if (!cursor.takes('index')) return null
  const concurrently = cursor.takes('concurrently')
  const ifNotExists = cursor.takes('if', 'not', 'exists')
  const index = cursor.sees('on') ? null : (cursor.name()?.at(-1)?.value ?? null)
  if (!cursor.takes('on')) return null
  cursor.takes('only')
  return { verb: 'create', concurrently, ifNotExists, index, table: written(cursor.name()) }
}

// REINDEX [(option [, …])] {INDEX | TABLE | SCHEMA | DATABASE | SYSTEM} [CONCURRENTLY] [name]
function reindex(cursor: Cursor): Parsed {
  const asOption = cursor.options().some(isConcurrently)
  const what = cursor.takes('index') ? 'index' : cursor.takes('table') ? 'table' : null
  if (what === null) cursor.skip()
  const concurrently = cursor.takes('concurrently') || asOption
  const name = what === null ? null : cursor.name()
  return {
    verb: 'reindex',
    concurrently,
    ifNotExists: false,
    index: what === 'index' ? (name?.at(-1)?.value ?? null) : null,
    table: what === 'table' ? written(name) : null,
  }
}

const isConcurrently = ([option, value]: readonly string[]): boolean =>
  option === 'concurrently' && !/^(false|off|0)$/.test(value ?? '')

interface Part {
  readonly text: string
  readonly value: string
}

const written = (name: readonly Part[] | null): string | null =>
  name?.map(({ text }) => text).join('.') ?? null

type Cursor = ReturnType<typeof createCursor>

/** Reads tokens from the first one on. */
function createCursor(all: readonly Token[]) {
  let at = 0
  const word = (ahead = 0): string | undefined => {
    const token = all[at + ahead]
    return token?.kind === 'word' ? token.text.toLowerCase() : undefined
  }
  return {
    sees: (expected: string): boolean => word() === expected,
    /** Goes past these words where they come next, all of them. */
    takes(...words: readonly string[]): boolean {
      if (!words.every((expected, ahead) => word(ahead) === expected)) return false
      at += words.length
      return true
    },
    skip(): void {
      at++
    },
    /** A name, part by part; null where it cannot be told, as with U&"…". */
    name(): Part[] | null {
      const parts: Part[] = []
      for (;;) {
        const part = partOf(all[at])
        if (!part) return null
        parts.push(part)
        at++
        if (all[at]?.text !== '.') return parts
        at++
      }
    },
    /** What stands in parentheses, between commas, as words. */
    options(): string[][] {
      if (all[at]?.text !== '(') return []
      const options: string[][] = [[]]
      for (at++; at < all.length && all[at]?.text !== ')'; at++) {
        if (all[at]?.text === ',') options.push([])
        else options.at(-1)?.push((all[at] as Token).text.toLowerCase())
      }
      at++
      return options
    },
  }
}

function partOf(token: Token | undefined): Part | null {
  if (token?.kind === 'word') return { text: token.text, value: token.text.toLowerCase() }
  if (token?.kind !== 'quoted' || !token.text.startsWith('"')) return null
  return { text: token.text, value: token.text.slice(1, -1).replaceAll('""', '"') }
}
