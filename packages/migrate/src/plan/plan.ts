import type { Direction } from '../events.ts'
import type { Finding } from '../finding.ts'
import type { VersionStatus } from '../journal/read.ts'

/** Why a step is in a plan. */
export type StepReason =
  /** not applied yet */
  | 'pending'
  /** a version that was asked for needs it */
  | 'needed'
  /** its last attempt failed */
  | 'retry'
  /** it was rolled back before */
  | 'again'
  /** its rollback was asked for */
  | 'asked'
  /** it depends on the version whose rollback was asked for */
  | 'dependent'

export interface PlannedStep {
  readonly version: string
  readonly direction: Direction
  readonly description: string
  readonly reason: StepReason
  readonly transaction: boolean
}

/** What a run would do, and why. A plain value. */
export interface Plan {
  readonly direction: Direction
  /** The version that was asked for; null for all that is pending. */
  readonly target: string | null
  readonly steps: readonly PlannedStep[]
  /** Pending versions that the target does not need. */
  readonly leftOut: readonly string[]
  /** Reasons not to run (errors), and what is worth knowing. */
  readonly findings: readonly Finding[]
}

/** What planning knows of a version's file. */
export interface PlannedMigration {
  readonly version: string
  readonly description: string
  readonly transaction: { readonly up: boolean; readonly down: boolean }
  /** Why it cannot be rolled back; null where it can. */
  readonly noWayBack: 'irreversible' | 'no down' | null
}

/** What planning knows of a version's row. */
export interface PlannedRow {
  readonly status: VersionStatus
}
