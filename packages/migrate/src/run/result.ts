import type { Plan, PlannedStep } from '../plan/plan.ts'
import type { DriftPolicy } from './drift-guard.ts'
import type { ValidationResult } from './validate.ts'

export interface RunOptions {
  readonly verb: string
  readonly dryRun: boolean
  /** False: the user said `--no-backup`. */
  readonly backup: boolean
  readonly waitMs: number
  readonly load: 'pending' | 'all'
  readonly drift: DriftPolicy
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
  /** What was checked when it was done; null where nothing was. */
  readonly validation: ValidationResult | null
}
