import type { Checked, Finding } from '../../finding.ts'
import type { Session } from '../session.ts'
import type { SoundnessPort } from '../soundness-port.ts'

/** integrity_check stops at so many problems. */
const MOST_PROBLEMS = 1000

export const soundness: SoundnessPort = {
  // enforcement belongs to a connection and not to the database, which cannot switch off what it declares
  enforcement: async () => ({
    checked: 0,
    findings: [],
    skipped: 'SQLite has no constraint that is declared and switched off.',
  }),
  storage,
  indexes: async () => ({
    checked: 0,
    findings: [],
    skipped: 'SQLite compares indexes with their tables in its integrity_check.',
  }),
}

async function storage(session: Session): Promise<Checked> {
  const { rows } = await session.query<{ integrity_check: string }>(
    `PRAGMA integrity_check(${MOST_PROBLEMS})`,
  )
  const problems = rows.map((row) => row.integrity_check).filter((text) => text !== 'ok')
  const { rows: pages } = await session.query<{ page_count: number }>('PRAGMA page_count')
  const groups = Map.groupBy(problems.map(meaningOf), ({ place, code }) => `${code}\n${place}`)
  const findings = [...groups.values()].map((group): Finding => {
    const [{ code, place, said }] = group as [Meaning]
    return {
      code,
      severity: 'error',
      message: `SQLite's integrity_check says of ${place}: ${said}.`,
      at: { object: place },
      fix: FIXES[code],
      count: group.length,
      examples: group.slice(0, 3).map((one) => one.said),
    }
  })
  return { checked: pages[0]?.page_count ?? 0, findings }
}

interface Meaning {
  readonly code: 'CONSTRAINT_BROKEN' | 'INDEX_CORRUPT' | 'FILE_CORRUPT'
  readonly place: string
  readonly said: string
}

const FIXES = {
  CONSTRAINT_BROKEN: 'Find the rows and put a value there that the constraint allows.',
  INDEX_CORRUPT: 'REINDEX builds it anew from its table; find out what damaged the file.',
  FILE_CORRUPT: 'The file is damaged: restore a verified backup with `restore --latest`.',
} as const

/** The words of SQLite's btree.c and pragma.c. */
function meaningOf(said: string): Meaning {
  const inIndex =
    /(?:missing from index|wrong # of entries in index|values differ from index|rowid not at end-of-record for row \d+ of index|index) (\S+)$/.exec(
      said,
    )
  const unique = /^non-unique entry in index (\S+)$/.exec(said)
  if (unique) return { code: 'CONSTRAINT_BROKEN', place: `index ${unique[1]}`, said }
  const broken =
    /^(?:NULL value in|non-\w+ value in|NUMERIC value in|TEXT value in) (\S+)$/.exec(said) ??
    /^CHECK constraint failed in (\S+)$/.exec(said)
  if (broken) return { code: 'CONSTRAINT_BROKEN', place: broken[1] ?? said, said }
  if (inIndex) return { code: 'INDEX_CORRUPT', place: `index ${inIndex[1]}`, said }
  return { code: 'FILE_CORRUPT', place: 'the file', said }
}
