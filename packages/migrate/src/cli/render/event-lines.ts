import type { Blocker, IndexProgress, LockHolder, RunEvent } from '../../events.ts'
import { bytes, counted, duration, time } from './format.ts'
import { bar, createMeter, type Unit } from './meter.ts'
import { findingLines } from './notes.ts'
import type { View } from './view.ts'
import { displayWidth, oneLine } from './width.ts'

/** How much of what happens is shown: `quiet` only warnings, `verbose` everything. */
export type Level = 'quiet' | 'normal' | 'verbose'

/** What an event puts on the screen. */
export interface Shown {
  /** Stays. */
  readonly line?: string
  /** Without colours, since it may be cut. Is there until something else happens; elsewhere than on a terminal, shown now and then. */
  readonly live?: string
  /** Worth a line at once even where there is no terminal. */
  readonly urgent?: boolean
}

/** Turns the events of a run into what people see; remembers what later events need of earlier ones. */
export function createEventLines(view: View, level: Level): (event: RunEvent) => Shown {
  const { paint } = view
  const descriptions = new Map<string, string>()
  let versionWidth = 0
  let planned = 0
  let recorded = 0

  const step = (version: string): string => {
    const padding = ' '.repeat(Math.max(0, versionWidth - displayWidth(version)))
    return `${version}${padding}  ${descriptions.get(version) ?? ''}`.trimEnd()
  }
  const dim = (text: string): string => paint('dim', text)
  const meter = createMeter()
  const metered = (phase: string, { done, total, unit }: Amount): string =>
    `  ${phase} ${meter(phase, done, total, unit)}`.trimEnd()
  const verbosely = (line: string): Shown => (level === 'verbose' ? { line: dim(line) } : {})

  const described = (event: RunEvent): Shown => {
    switch (event.type) {
      case 'run.started':
        return verbosely(
          `${event.verb}${event.dryRun ? ' --dry-run' : ''} on ${event.database}, run ${event.run}`,
        )
      case 'run.planned':
        planned = event.steps.length
        versionWidth = Math.max(0, ...event.steps.map(({ version }) => displayWidth(version)))
        return verbosely(`${counted(planned, 'step')} to run`)
      case 'lock.waiting':
        return {
          live: `… waiting for the lock${heldBy(event.holder)}; waited ${duration(event.waitedMs)}`,
          urgent: event.waitedMs < 1000,
        }
      case 'lock.acquired':
        return event.waitedMs >= 1000
          ? { line: `lock obtained after ${duration(event.waitedMs)}` }
          : verbosely('lock obtained')
      case 'lock.takeover':
        return {
          line: `${paint('yellow', '!')} ended ${counted(event.terminated, 'connection')} that a dead run had left`,
        }
      case 'check.finished':
        return verbosely(
          `${event.category}: ${event.name} ${event.outcome} (${duration(event.durationMs)})`,
        )
      case 'mend.started':
        return { live: `  mending ${event.object}` }
      case 'mend.finished':
        // the answer lists them all
        return verbosely(`${event.what} (${duration(event.durationMs)})`)
      case 'finding':
        return { line: findingLines(event.finding, view) }
      case 'backup.started':
        return { live: `  backup to ${event.file}` }
      case 'backup.progress':
        return { live: metered(BACKUP_PHASES[event.phase], event) }
      case 'backup.finished':
        return {
          line: `${paint('green', '✓')} backup ${event.file} ${dim(`(${bytes(event.bytes)}, verified, ${duration(event.durationMs)})`)}`,
        }
      case 'backup.removed':
        return verbosely(`removed ${event.file} (${bytes(event.bytes)})`)
      case 'restore.started':
        return { live: `  restoring ${event.file}` }
      case 'restore.progress':
        return { live: metered(RESTORE_PHASES[event.phase], event) }
      case 'restore.waiting':
        return {
          live: `… waiting for others${blockedBy(event.blockers)}; waited ${duration(event.waitedMs)}`,
          urgent: event.waitedMs < 1000,
        }
      case 'restore.finished':
        return {
          line: `${paint('green', '✓')} restored ${event.file} ${dim(`(${duration(event.durationMs)})`)}`,
        }
      case 'backup.skipped':
        return { line: `${paint('yellow', '!')} no backup: ${event.reason}` }
      case 'step.started':
        descriptions.set(event.version, oneLine(event.description))
        return {
          live: `${place()}${event.direction === 'up' ? '' : 'rolling back '}${step(event.version)}`,
        }
      case 'step.progress': {
        const note = event.note === null ? '' : `  ${oneLine(event.note)}`
        return { live: `${place()}${event.version}  ${bar(event.done, event.total)}${note}` }
      }
      case 'index.progress':
        return { live: metered(indexPhase(event), event) }
      case 'work.told':
        return { line: `${paint('green', '✓')} ${oneLine(event.message)}` }
      case 'work.progress': {
        const note = event.note === null ? '' : `  ${oneLine(event.note)}`
        return { live: `${metered(oneLine(event.phase), event)}${note}` }
      }
      case 'notice':
        return { line: dim(`  ${event.severity.toLowerCase()}: ${oneLine(event.message)}`) }
      case 'step.retrying':
        return {
          line: `${paint('yellow', '…')} ${event.version} is kept waiting${blockedBy(event.blockers)}; attempt ${event.attempt + 1} in ${duration(event.delayMs)}`,
        }
      case 'step.recorded':
        recorded++
        return {
          line: `${paint('green', '✓')} ${event.direction === 'up' ? '' : 'rolled back '}${step(event.version)}  ${dim(duration(event.durationMs))}`,
        }
      case 'step.failed':
        return {
          line: `${paint('red', '✗')} ${step(event.version)}  ${dim(duration(event.durationMs))}`,
        }
      case 'run.finished':
        return verbosely(`${event.outcome} after ${duration(event.durationMs)}`)
    }
  }
  const place = (): string => (planned > 1 ? `[${recorded + 1}/${planned}] ` : '  ')

  return (event) => {
    const shown = described(event)
    if (level !== 'quiet') return shown
    return event.type === 'finding' && event.finding.severity !== 'info' ? shown : {}
  }
}

interface Amount {
  readonly done: number
  readonly total: number | null
  readonly unit?: Unit
}

const BACKUP_PHASES = {
  copy: 'backup: copying',
  check: 'backup: checking',
  pack: 'backup: packing',
  read: 'backup: reading again',
} as const

const RESTORE_PHASES = {
  read: 'restore: reading the backup',
  restore: 'restore: restoring beside',
  check: 'restore: checking',
  swap: 'restore: swapping',
} as const

const indexPhase = ({ index, table, phase }: IndexProgress): string =>
  oneLine(
    `index${index === null ? '' : ` ${index}`}${table === null ? '' : ` on ${table}`}: ${phase}`,
  )

function heldBy(holder: LockHolder | null): string {
  if (!holder || holder.pid === null) return ', which another process holds'
  const user = holder.user === null ? '' : ` (${holder.user})`
  return `, held by process ${holder.pid} on ${holder.host}${user}, which runs ${holder.purpose} since ${time(holder.since)}`
}

const blockedBy = (blockers: readonly Blocker[]): string =>
  blockers.length === 0
    ? ' by a lock'
    : ` by ${blockers.map(({ pid, user, state, openMs, query }) => `pid ${pid} (${user ?? 'unknown'}, ${state ?? 'unknown'}${openMs === null ? '' : `, transaction open for ${duration(openMs)}`})${query === null ? '' : `: ${oneLine(query)}`}`).join('; ')}`
