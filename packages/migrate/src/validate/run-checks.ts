import type { CheckLook, ProjectCheck } from '../config/project-check.ts'
import { asMigrateError } from '../errors.ts'
import type { Emit } from '../events.ts'
import { CATEGORIES, type Category, type Finding } from '../finding.ts'
import type { Check, Checked } from './check.ts'
import { skipped } from './check.ts'
import { CHECKS } from './checks.ts'
import type { Scene } from './scene.ts'

/** What came of one check. */
export interface CheckResult {
  readonly category: Category
  readonly name: string
  readonly outcome: 'passed' | 'warnings' | 'failed' | 'skipped'
  /** How many things were looked at. */
  readonly checked: number
  readonly errors: number
  readonly warnings: number
  /** Why nothing could be said; null unless it was skipped. */
  readonly skipped: string | null
  /** What else is to be known of it; null for nothing. */
  readonly note: string | null
  /** In milliseconds. */
  readonly durationMs: number
}

export interface CheckedAll {
  readonly checks: readonly CheckResult[]
  readonly findings: readonly Finding[]
}

/** Runs the checks of these categories, and the project's own, in order. Throws only when it is interrupted. */
export async function runChecks(
  scene: Scene,
  categories: readonly Category[],
  emit: Emit,
): Promise<CheckedAll> {
  const look = lookOf(scene)
  const all = [...CHECKS, ...scene.settings.checks.map((check) => projectCheck(check, look))]
  const ordered = CATEGORIES.filter((category) => categories.includes(category)).flatMap(
    (category) => all.filter((check) => check.category === category),
  )
  const checks: CheckResult[] = []
  const findings: Finding[] = []
  for (const check of ordered) {
    scene.signal.throwIfAborted()
    const started = performance.now()
    const done = await runCheck(scene, check)
    const durationMs = Math.round(performance.now() - started)
    const result = resultOf(check, done, durationMs)
    const { category, name, outcome } = result
    emit({ type: 'check.finished', category, name, outcome, durationMs })
    checks.push(result)
    for (const finding of done.findings) findings.push({ ...finding, category, check: name })
  }
  return { checks, findings }
}

/** A check that cannot be made is a finding itself: what the others found still counts. */
async function runCheck(scene: Scene, check: Check): Promise<Checked> {
  try {
    return await check.run(scene)
  } catch (thrown) {
    scene.signal.throwIfAborted()
    const { code, message, hint } = asMigrateError(thrown)
    const finding: Finding = {
      code: 'CHECK_FAILED',
      severity: 'error',
      message: `It could not be checked (${code}): ${message}`,
      fix: hint,
    }
    return { checked: 0, findings: [finding] }
  }
}

/** All of a validation get the same look: what one has read another need not read again. */
const projectCheck = ({ category, name, needs, run }: ProjectCheck, look: CheckLook): Check => ({
  category,
  name,
  run(scene) {
    const missing = needs.filter((version) => !scene.applied.includes(version))
    if (missing.length > 0) return skipped(`It needs ${missing.join(', ')}.`)
    return run(look)
  },
})

const lookOf = ({ dialect, session, signal, sample, deep, keys }: Scene): CheckLook => ({
  dialect: dialect.name,
  signal,
  sample,
  deep,
  query: (sql, params) => session.query(sql, params),
  keys,
})

function resultOf({ category, name }: Check, done: Checked, durationMs: number): CheckResult {
  const of = (severity: Finding['severity']): number =>
    done.findings.filter((finding) => finding.severity === severity).length
  const [errors, warnings] = [of('error'), of('warning')]
  const outcome =
    errors > 0
      ? 'failed'
      : warnings > 0
        ? 'warnings'
        : done.skipped !== undefined
          ? 'skipped'
          : 'passed'
  const { checked } = done
  return {
    category,
    name,
    outcome,
    checked,
    errors,
    warnings,
    skipped: done.skipped ?? null,
    note: done.note ?? null,
    durationMs,
  }
}
