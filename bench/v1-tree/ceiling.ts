import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { BOOKS } from '../../packages/database/src/v1/import/books.ts'
import { TARGETS } from '../../packages/database/src/v1/map/tables.ts'
import { openPostgresCopy } from './ceiling-postgres.ts'
import { openSqliteCopy } from './ceiling-sqlite.ts'
import type { EmptyCopy } from './empty-copy.ts'

/** The least that an import of a V1 directory could take: its parts, in milliseconds. */
export interface Ceiling {
  /** Bringing the `.json` files into memory. */
  readonly readMs: number
  readonly parseMs: number
  /** Adding the rows, by table. */
  readonly tables: Readonly<Record<string, { readonly rows: number; readonly ms: number }>>
  /** All of it. */
  readonly totalMs: number
  /** All of it but what the import keeps of itself, `v1_imports` and so on. */
  readonly withoutBooksMs: number
}

/**
 * Measures JSON.parse of a V1 directory's files, and the bulk insert of the rows of the database it was imported into:
 * prepared INSERTs of 50 rows on SQLite, COPY on PostgreSQL. Nobody may be connected to that database.
 */
export async function measureCeiling(tree: string, url: string): Promise<Ceiling> {
  const { readMs, parseMs } = parseAll(tree)
  const copy: EmptyCopy = await (url.startsWith('sqlite:')
    ? openSqliteCopy(url)
    : openPostgresCopy(url))
  const tables: Record<string, { rows: number; ms: number }> = {}
  let rowsMs = 0
  let booksMs = 0
  try {
    for (const { name } of TARGETS) {
      tables[name] = await copy.fill(name)
      rowsMs += tables[name].ms
    }
    for (const name of BOOKS) {
      tables[name] = await copy.fill(name)
      booksMs += tables[name].ms
    }
  } finally {
    await copy.remove()
  }
  const withoutBooksMs = readMs + parseMs + rowsMs
  return { readMs, parseMs, tables, totalMs: withoutBooksMs + booksMs, withoutBooksMs }
}

/** Only files that are whole JSON: the ceiling is measured on trees without quirks. */
function parseAll(tree: string): { readMs: number; parseMs: number } {
  let readMs = 0
  let parseMs = 0
  for (const entry of readdirSync(tree, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.json')) continue
    const started = performance.now()
    const text = readFileSync(join(entry.parentPath, entry.name), 'utf8')
    const read = performance.now()
    JSON.parse(text)
    readMs += read - started
    parseMs += performance.now() - read
  }
  return { readMs, parseMs }
}
