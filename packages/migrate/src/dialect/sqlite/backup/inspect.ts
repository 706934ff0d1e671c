import type { DatabaseSync } from 'node:sqlite'
import type { Session } from '../../session.ts'
import { quoted } from '../catalogue.ts'
import { connect, connectReader } from '../connection.ts'
import { isDamage } from '../errors.ts'
import { sessionOn } from '../session.ts'
import { tableNames } from '../table-names.ts'

/** How thoroughly: `integrity_check` also compares each index with its table, and takes several times as long. */
export type Check = 'quick_check' | 'integrity_check'

export interface Inspection {
  /** The first things that are wrong; empty for a sound database. */
  readonly problems: readonly string[]
  readonly rows: Readonly<Record<string, number>>
}

const PROBLEMS = 5
/** integrity_check is as fast with 4 MB as with 32 (0.6 GB, two indexes); quick_check reads each page once. */
const CACHE_KB = { quick_check: 2000, integrity_check: 8000 } as const

/** Reads a database through. `live`: others may be using it; otherwise it is at rest and gets no file beside it. */
export async function inspect(file: string, check: Check, live: boolean): Promise<Inspection> {
  let db: DatabaseSync | undefined
  try {
    db = live ? connectReader(file) : connect(file, 'immutable=1')
    db.exec(`PRAGMA cache_size=-${CACHE_KB[check]}`)
    const problems = db
      .prepare(`PRAGMA ${check}(${PROBLEMS})`)
      .all()
      .map((row) => String(row[check]))
    if (problems.join() !== 'ok') return { problems, rows: {} }
    return { problems: [], rows: await countRows(sessionOn(db, file)) }
  } catch (cause) {
    if (isDamage(cause)) return { problems: [(cause as Error).message], rows: {} }
    throw cause
  } finally {
    db?.close()
  }
}

/** Of the tables that people make: a virtual one's module may not be here, and its shadow tables are its own affair. */
export async function countRows(session: Session): Promise<Record<string, number>> {
  const stored = await session.query<{ name: string }>(
    "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'",
  )
  const ordinary = new Set(stored.rows.map(({ name }) => name))
  const rows: [string, number][] = []
  for (const name of await tableNames(session)) {
    if (!ordinary.has(name)) continue
    const counted = await session.query<{ n: number }>(
      `SELECT count(*) AS n FROM main.${quoted(name)}`,
    )
    rows.push([name, counted.rows[0]?.n ?? 0])
  }
  return Object.fromEntries(rows)
}
