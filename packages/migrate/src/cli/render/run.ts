import type { Plan, StepReason } from '../../plan/plan.ts'
import type { RemovalResult } from '../../run/leftovers.ts'
import type { RunResult } from '../../run/result.ts'
import type { ValidationResult } from '../../run/validate.ts'
import { counted, duration, wholeObjects } from './format.ts'
import { findingList, noMigrations, paragraphs } from './notes.ts'
import { table } from './table.ts'
import type { View } from './view.ts'

const REASONS = {
  pending: 'pending',
  needed: 'needed by the version asked for',
  retry: 'failed before',
  again: 'was rolled back',
  asked: 'asked for',
  dependent: 'depends on the version asked for',
} as const satisfies Record<StepReason, string>

/** What a run did, or would do. `empty` is the migrations folder where there is no migration in it. */
export function renderRun(result: RunResult, view: View, empty: string | null = null): string {
  return result.outcome === 'planned' ? renderPlan(result, view, empty) : renderDone(result, empty)
}

function renderPlan({ plan }: RunResult, view: View, empty: string | null): string {
  const down = plan.direction === 'down'
  const steps = counted(plan.steps.length, 'migration')
  return paragraphs(
    plan.steps.length
      ? `${steps} would ${down ? 'be rolled back' : 'run'}, in this order:`
      : nothingToDo(plan, empty),
    plan.steps.length
      ? table(
          plan.steps,
          [
            { value: () => (down ? '↩' : '·'), color: () => (down ? 'yellow' : 'cyan') },
            { value: ({ version }) => version },
            {
              value: ({ description, version }) => (description === version ? '' : description),
              shrinks: true,
            },
            { value: ({ reason }) => REASONS[reason], color: () => 'dim' },
            {
              value: ({ transaction }) => (transaction ? '' : 'without a transaction'),
              color: () => 'yellow',
            },
          ],
          view,
        )
      : '',
    findingList(plan.findings, view),
    plan.steps.length ? leftOut(plan) : '',
    'Nothing was written.',
  )
}

function renderDone(
  { plan, done, outcome, backup, validation }: RunResult,
  empty: string | null,
): string {
  if (outcome === 'nothing') return nothingToDo(plan, empty)
  const verb = plan.direction === 'up' ? 'Applied' : 'Rolled back'
  const total = done.reduce((sum, step) => sum + step.durationMs, 0)
  return [
    `${verb} ${counted(done.length, 'migration')} in ${duration(total)}.`,
    leftOut(plan),
    backup === null ? '' : `Backup: ${backup}`,
    validation === null ? '' : validated(validation),
  ]
    .filter(Boolean)
    .join('\n')
}

function validated({ categories, findings }: ValidationResult): string {
  const errors = findings.filter(({ severity }) => severity === 'error').length
  const what = categories.join(', ')
  return errors === 0 ? `Checked: ${what}.` : `Checked: ${what}; ${counted(errors, 'failure')}.`
}

const leftOut = ({ leftOut }: Plan): string =>
  leftOut.length === 0 ? '' : `Left out, and still pending: ${leftOut.join(', ')}.`

function nothingToDo(plan: Plan, empty: string | null): string {
  if (empty !== null) return `Nothing to do. ${noMigrations(empty)}`
  const all = plan.target === null ? 'every migration' : plan.target
  return [`Nothing to do: ${all} is applied.`, leftOut(plan)].filter(Boolean).join('\n')
}

/** What a rollback of a failed version removed, or would remove. */
export function renderRemoval(result: RemovalResult): string {
  if (result.outcome === 'planned')
    return paragraphs(renderLeftovers(result), 'Nothing was written.')
  const { version, removed, backup } = result
  return paragraphs(
    removed.length
      ? `Removed what ${version} had left behind:`
      : `${version} had left nothing behind; it is recorded as rolled back.`,
    objectLines(removed),
    backup === null ? '' : `Backup: ${backup}`,
  )
}

/** What a failed version left, and the statements that remove it. */
export function renderLeftovers({ version, removed, statements }: RemovalResult): string {
  const count = counted(wholeObjects(removed).length, 'object')
  return paragraphs(
    removed.length
      ? `${version} left ${count} behind, which would be removed:`
      : `${version} left nothing behind; it would be recorded as rolled back.`,
    objectLines(removed),
    statements.map((statement) => `  ${statement};`).join('\n'),
  )
}

const objectLines = (keys: readonly string[]): string =>
  wholeObjects(keys)
    .map((object) => `  ${object}`)
    .join('\n')
