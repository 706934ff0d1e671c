import type { Finding } from '../finding.ts'
import { findBreak, type LogEntry } from '../journal/chain.ts'
import { describeHandChange, findHandChanges } from '../journal/hand-changes.ts'
import type { LoggedState } from '../journal/read.ts'
import { inspectJournal } from '../plan/inspect.ts'
import { type Check, skipped } from './check.ts'
import { checkLogHeads } from './log-heads.ts'
import type { Scene } from './scene.ts'

const ofLog = (
  name: string,
  look: (scene: Scene, log: readonly LogEntry[]) => Promise<Finding[]>,
) =>
  ({
    category: 'tracking',
    name,
    async run(scene) {
      if (scene.journal.kind !== 'ours') return skipped('The database has no log of ours.')
      const log = await scene.log()
      return { checked: log.length, findings: await look(scene, log) }
    },
  }) as const satisfies Check

/** The journal against the files, and its log against itself and what the backups remember of it. */
export const TRACKING: readonly Check[] = [
  {
    category: 'tracking',
    name: 'journal against the files',
    run: ({ journal, files }) => ({
      checked: new Set([...journal.rows.keys(), ...files.map(({ version }) => version)]).size,
      findings: inspectJournal(journal, files),
    }),
  },
  ofLog('log chain unbroken', async (_, log) => chainFindings(log)),
  ofLog('log against the backups', async (scene, log) =>
    // an edited log is told once
    findBreak(log) ? [] : checkLogHeads(log, await scene.rememberedHeads()),
  ),
  ofLog('journal against its log', async ({ journal }, log) =>
    findHandChanges(journal.rows, statesOf(log)).map((change) => ({
      code: 'CHANGED_BY_HAND',
      severity: 'warning',
      message: describeHandChange(change),
      at: { version: change.version },
      fix: 'The next run records the change and goes on from it.',
    })),
  ),
]

function chainFindings(log: readonly LogEntry[]): Finding[] {
  const broken = findBreak(log)
  if (!broken) return []
  return [
    {
      code: 'JOURNAL_CHAIN_BROKEN',
      severity: 'error',
      message: `Entry ${broken.seq} of schema_migration_log does not hold: ${broken.why}.`,
      at: { object: `schema_migration_log ${broken.seq}` },
      fix: 'Find out who edited the log; restore a backup if the journal cannot be trusted.',
    },
  ]
}

/** The state that the log left each version in. */
function statesOf(log: readonly LogEntry[]): Map<string, LoggedState> {
  const states = new Map<string, LoggedState>()
  for (const { version, status, checksum } of log) {
    if (version !== null && status !== null) states.set(version, { status, checksum })
  }
  return states
}
