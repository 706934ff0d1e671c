import type { IndexProgress } from '../../events.ts'
import type { Connection } from './connection.ts'
import type { IndexBuild } from './index-build.ts'
import { send } from './session.ts'

/** How often to look, in milliseconds. A build that takes less is not looked at. */
const BETWEEN_LOOKS = 500

export interface ProgressWatch {
  /** Looks from now on, until what it returns is called. */
  watch(build: IndexBuild): () => void
}

/** Tells how far the index is that the backend `pid` builds, as it says itself on another connection. */
export function createProgressWatch(
  pid: number,
  monitor: () => Promise<Connection>,
  onProgress: (progress: IndexProgress) => void,
): ProgressWatch {
  // in the order in which they were sent: the first is the one that runs
  const builds = new Set<IndexBuild>()
  let timer: NodeJS.Timeout | undefined

  const lookLater = (): void => {
    timer = setTimeout(() => {
      look()
        // only for the display; the statement itself says whether the connection is alive
        .catch(() => {})
        .finally(() => {
          if (builds.size > 0) lookLater()
        })
    }, BETWEEN_LOOKS)
  }
  const look = async (): Promise<void> => {
    const { rows } = await send<ProgressRow>(await monitor(), PROGRESS, [pid])
    const [row] = rows
    const [build] = builds
    if (row && build) onProgress(progressOf(row, build))
  }
  return {
    watch(build) {
      const own = { ...build }
      builds.add(own)
      if (builds.size === 1) lookLater()
      return () => {
        builds.delete(own)
        if (builds.size === 0) clearTimeout(timer)
      }
    },
  }
}

interface ProgressRow {
  readonly index: string | null
  readonly table: string | null
  readonly phase: string
  readonly blocks_done: number
  readonly blocks_total: number
  readonly tuples_done: number
  readonly tuples_total: number
  readonly lockers_done: number
  readonly lockers_total: number
}

/** What an open transaction has made only its own session can name: then what the statement says must do. */
function progressOf(row: ProgressRow, build: IndexBuild): IndexProgress {
  const amount = row.phase.startsWith('waiting')
    ? ({ unit: 'sessions', done: row.lockers_done, total: row.lockers_total } as const)
    : row.blocks_total > 0
      ? ({ unit: 'blocks', done: row.blocks_done, total: row.blocks_total } as const)
      : ({ unit: 'tuples', done: row.tuples_done, total: row.tuples_total } as const)
  return {
    index: row.index ?? build.index,
    table: row.table ?? build.table,
    phase: row.phase,
    ...amount,
    total: amount.total > 0 ? amount.total : null,
  }
}

// https://www.postgresql.org/docs/current/progress-reporting.html#CREATE-INDEX-PROGRESS-REPORTING
const PROGRESS = `
SELECT (SELECT relname FROM pg_class WHERE oid = index_relid) AS index,
  (SELECT relname FROM pg_class WHERE oid = relid) AS "table",
  phase, blocks_done, blocks_total, tuples_done, tuples_total, lockers_done, lockers_total
FROM pg_stat_progress_create_index WHERE pid = $1`
