import type { CheckLook, ProjectCheck } from '../config/project-check.ts'
import { asMigrateError } from '../errors.ts'
import type { Emit } from '../events.ts'
import { CATEGORIES, type Category, type Finding } from '../finding.ts'
import type { Check, Checked } from './check.ts'
import { skipped } from './check.ts'
import { CHECKS } from './checks.ts'
import { differencesOf } from './differences.ts'
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
  /** From the first to the last, in milliseconds: less than their sum where some ran beside others. */
  readonly durationMs: number
}

/** Runs the checks of these categories, and the project's own. Throws only when it is interrupted. */
export async function runChecks(
  scene: Scene,
  categories: readonly Category[],
  emit: Emit,
): Promise<CheckedAll> {
  const look = lookOf(scene)
  const project = scene.settings.checks.map((check) => projectCheck(check, look))
  const ordered = CATEGORIES.filter((category) => categories.includes(category)).flatMap(
    (category) => [...CHECKS, ...project].filter((check) => check.category === category),
  )
  const results = new Map<Check, Told>()
  const started = performance.now()
  const runAll = async (checks: readonly Check[]): Promise<void> => {
    for (const check of checks) {
      scene.signal.throwIfAborted()
      const told = await runTimed(scene, check)
      const { category, name, outcome, durationMs } = told.result
      emit({ type: 'check.finished', category, name, outcome, durationMs })
      results.set(check, told)
    }
  }
  const { theirs = [], ours = [] } = Object.groupBy(ordered, (check) =>
    scene.beside && project.includes(check) ? 'theirs' : 'ours',
  )
  // both are at their end before the sessions are closed
  const ended = await Promise.allSettled([runAll(ours), runAll(theirs)])
  for (const end of ended) if (end.status === 'rejected') throw end.reason
  const told = ordered.flatMap((check) => results.get(check) ?? [])
  return {
    checks: told.map(({ result }) => result),
    findings: told.flatMap(({ findings }) => findings),
    durationMs: since(started),
  }
}

const since = (started: number): number => Math.round(performance.now() - started)

interface Told {
  readonly result: CheckResult
  readonly findings: readonly Finding[]
}

async function runTimed(scene: Scene, check: Check): Promise<Told> {
  const { category, name } = check
  const started = performance.now()
  const done = await runCheck(scene, check)
  const result = resultOf(check, done, since(started))
  return {
    result,
    findings: done.findings.map((finding) => ({ ...finding, category, check: name })),
  }
}

/** A check that cannot be made is a finding itself: what the others found still counts. */
async function runCheck(scene: Scene, check: Check): Promise<Checked> {
  try {
    return await check.run(scene)
  } catch (thrown) {
    scene.signal.throwIfAborted()
    const gap = await gapIn(scene)
    if (gap !== null) return skipped(`It could not be made while ${gap} is missing.`)
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

/** A table or a column that the schema lacks, where the check of the schema tells of it. */
async function gapIn(scene: Scene): Promise<string | null> {
  const differences = scene.has('schema') ? await differencesOf(scene) : []
  const gap = differences.find(
    ({ kind, expected }) =>
      kind === 'missing' && (expected?.kind === 'table' || expected?.kind === 'column'),
  )
  return gap?.key ?? null
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

const lookOf = ({ dialect, session, beside, signal, sample, deep, keys }: Scene): CheckLook => ({
  dialect: dialect.name,
  signal,
  sample,
  deep,
  query: (sql, params) => (beside?.checks ?? session).query(sql, params),
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
