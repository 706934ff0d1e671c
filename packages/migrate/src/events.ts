import type { Place } from './errors.ts'
import type { Category, Finding, Mend } from './finding.ts'

export type Direction = 'up' | 'down'

/** Who holds the run lock, as far as the database can tell. */
export interface LockHolder {
  readonly pid: number | null
  readonly host: string | null
  readonly user: string | null
  /** ISO 8601, UTC. */
  readonly since: string | null
  /** The verb it runs, `migrate` or `rollback` say. */
  readonly purpose: string | null
}

/** A session that keeps a statement of ours waiting. */
export interface Blocker {
  readonly pid: number
  readonly user: string | null
  readonly state: string | null
  /** How long its transaction has been open, in milliseconds. */
  readonly openMs: number | null
  /** Its statement without literals, cut to 200 characters. */
  readonly query: string | null
}

/** How far the building of an index is. */
export interface IndexProgress {
  /** Null where the statement does not name it and it is not committed yet. */
  readonly index: string | null
  readonly table: string | null
  /** In PostgreSQL's own words: `building index: scanning table`, `waiting for writers before build`. */
  readonly phase: string
  readonly done: number
  readonly total: number | null
  /** 'sessions': those that it has waited for. */
  readonly unit: 'blocks' | 'tuples' | 'sessions'
}

/** 'copy' the database, 'check' the copy, 'pack' it (compress, encrypt), 'read' what was stored again. */
export type BackupPhase = 'copy' | 'check' | 'pack' | 'read'

/** 'read' the backup, 'restore' it beside the live database, 'check' it there, 'swap' the two. */
export type RestorePhase = 'read' | 'restore' | 'check' | 'swap'

export interface ErrorValue {
  readonly code: string
  readonly message: string
  readonly hint: string
  readonly at?: Place
}

/**
 * What happens in a run, in order. `step.recorded` is emitted only after its commit; a `notice` is what the server
 * says while the step that started last works.
 */
export type EventBody =
  | { type: 'run.started'; verb: string; database: string; dryRun: boolean }
  | { type: 'run.planned'; steps: readonly { version: string; direction: Direction }[] }
  | { type: 'lock.waiting'; holder: LockHolder | null; waitedMs: number }
  | { type: 'lock.acquired'; waitedMs: number }
  | { type: 'lock.takeover'; terminated: number }
  | { type: 'finding'; finding: Finding }
  | { type: 'backup.started'; file: string }
  | { type: 'backup.progress'; phase: BackupPhase; done: number; total: number }
  | {
      type: 'backup.finished'
      file: string
      bytes: number
      durationMs: number
      /** How much of it was checking and reading again. */
      verifyMs: number
    }
  | { type: 'backup.skipped'; reason: string }
  | { type: 'backup.removed'; file: string; bytes: number }
  | { type: 'restore.started'; file: string }
  | { type: 'restore.progress'; phase: RestorePhase; done: number; total: number }
  | { type: 'restore.waiting'; blockers: readonly Blocker[]; waitedMs: number }
  | {
      type: 'restore.finished'
      file: string
      /** Where the replaced database is kept (PostgreSQL). */
      previous: string | null
      durationMs: number
    }
  | { type: 'step.started'; version: string; direction: Direction; description: string }
  | {
      type: 'step.progress'
      version: string
      done: number
      total: number | null
      note: string | null
    }
  | ({ type: 'index.progress' } & IndexProgress)
  | { type: 'work.told'; message: string }
  | {
      type: 'work.progress'
      /** What is being done: `reading`, `importing`. */
      phase: string
      done: number
      total: number | null
      unit: 'bytes' | 'rows'
      note: string | null
    }
  | {
      type: 'check.finished'
      category: Category
      name: string
      outcome: 'passed' | 'warnings' | 'failed' | 'skipped'
      durationMs: number
    }
  | { type: 'mend.started'; kind: Mend['kind']; object: string }
  | {
      type: 'mend.finished'
      kind: Mend['kind']
      object: string
      /** In words: `built index users.idx_users_email`. */
      what: string
      rows: number | null
      durationMs: number
    }
  | { type: 'notice'; severity: string; message: string }
  | {
      type: 'step.retrying'
      /** Null: the run's own first entries in the journal. */
      version: string | null
      attempt: number
      delayMs: number
      error: ErrorValue
      blockers: readonly Blocker[]
    }
  | {
      type: 'step.recorded'
      version: string
      direction: Direction
      status: string
      durationMs: number
    }
  | {
      type: 'step.failed'
      version: string
      direction: Direction
      durationMs: number
      error: ErrorValue
    }
  | {
      type: 'run.finished'
      outcome: 'done' | 'nothing' | 'failed'
      durationMs: number
      error?: ErrorValue
    }

/** An event as a sink gets it: `run` names the run, `at` is ISO 8601 in UTC. Plain JSON. */
export type RunEvent = EventBody & { readonly run: string; readonly at: string }

/** Takes every event of a run. What it throws is ignored: a sink cannot change an outcome. */
export type Sink = (event: RunEvent) => void

export type Emit = (event: EventBody) => void

/** Stamps events with the run and the time and hands them to the sinks. */
export function createEmit(run: string, sinks: readonly Sink[]): Emit {
  return (body) => {
    const event: RunEvent = { ...body, run, at: new Date().toISOString() }
    for (const sink of sinks) {
      try {
        sink(event)
      } catch {
        // invariant: a sink that throws changes nothing
      }
    }
  }
}
