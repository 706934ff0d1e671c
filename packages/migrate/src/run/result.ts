import type { Plan, PlannedStep } from '../plan/plan.ts'

export interface RunOptions {
  readonly verb: string
  readonly dryRun: boolean
  /** False: the user said `--no-backup`. */
  readonly backup: boolean
  readonly waitMs: number
  readonly load: 'pending' | 'all'
}

export interface DoneStep extends PlannedStep {
  readonly durationMs: number
}

export interface RunResult {
  /** 'nothing': there was nothing to do; 'planned': a dry run. */
  readonly outcome: 'done' | 'nothing' | 'planned'
  readonly plan: Plan
  readonly done: readonly DoneStep[]
  /** The backup that was taken first, or null. */
  readonly backup: string | null
}
