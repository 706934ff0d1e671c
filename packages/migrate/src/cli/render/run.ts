import type { StepReason } from '../../plan/plan.ts'
import type { RemovalResult } from '../../run/leftovers.ts'
import type { RunResult } from '../../run/result.ts'
import { counted, duration, wholeObjects } from './format.ts'
import { findingLines, paragraphs } from './notes.ts'
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

/** What a run did, or would do. */
export function renderRun(result: RunResult, view: View): string {
  return result.outcome === 'planned' ? renderPlan(result, view) : renderDone(result)
}

function renderPlan({ plan }: RunResult, view: View): string {
  const down = plan.direction === 'down'
  const steps = counted(plan.steps.length, 'migration')
  return paragraphs(
    plan.steps.length
      ? `${steps} would ${down ? 'be rolled back' : 'run'}, in this order:`
      : nothingToDo({ plan }),
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
    plan.findings.map((finding) => findingLines(finding, view)).join('\n'),
    plan.steps.length ? leftOut({ plan }) : '',
    'Nothing was written.',
  )
}

function renderDone({ plan, done, outcome, backup }: RunResult): string {
  if (outcome === 'nothing') return nothingToDo({ plan })
  const verb = plan.direction === 'up' ? 'Applied' : 'Rolled back'
  const total = done.reduce((sum, step) => sum + step.durationMs, 0)
  return [
    `${verb} ${counted(done.length, 'migration')} in ${duration(total)}.`,
    leftOut({ plan }),
    backup === null ? '' : `Backup: ${backup}`,
  ]
    .filter(Boolean)
    .join('\n')
}

const leftOut = ({ plan }: Pick<RunResult, 'plan'>): string =>
  plan.leftOut.length === 0 ? '' : `Left out, and still pending: ${plan.leftOut.join(', ')}.`

const nothingToDo = ({ plan }: Pick<RunResult, 'plan'>): string =>
  [
    plan.target === null
      ? 'Nothing to do: every migration is applied.'
      : `Nothing to do: ${plan.target} is applied.`,
    leftOut({ plan }),
  ]
    .filter(Boolean)
    .join('\n')

/** What a rollback of a failed version removed, or would remove. */
export function renderRemoval({
  outcome,
  version,
  removed,
  backup,
  statements,
}: RemovalResult): string {
  const objects = wholeObjects(removed)
  const list = objects.map((object) => `  ${object}`).join('\n')
  if (outcome === 'planned') {
    return paragraphs(
      objects.length
        ? `${version} left ${counted(objects.length, 'object')} behind, which would be removed:`
        : `${version} left nothing behind; it would be recorded as rolled back.`,
      list,
      statements.map((statement) => `  ${statement};`).join('\n'),
      'Nothing was written.',
    )
  }
  return paragraphs(
    objects.length
      ? `Removed what ${version} had left behind:`
      : `${version} had left nothing behind; it is recorded as rolled back.`,
    list,
    backup === null ? '' : `Backup: ${backup}`,
  )
}
