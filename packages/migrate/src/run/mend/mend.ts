import { CODES } from '../../codes.ts'
import { asMigrateError, type MigrateError } from '../../errors.ts'
import type { Finding, Mend } from '../../finding.ts'
import type { RunContext } from '../context.ts'
import type { LockedRun } from '../locked-run.ts'
import { openRun } from '../open.ts'
import { assertOurs } from '../refuse.ts'
import { withLock } from '../session.ts'
import { type ValidateOptions, type ValidationResult, validate, validateOn } from '../validate.ts'
import { stoppable } from '../work.ts'
import { mendOne } from './mend-one.ts'
import { type Mended, objectOf, planned } from './mended.ts'

export interface MendOptions extends ValidateOptions {
  readonly dryRun: boolean
  readonly backup: boolean
  readonly waitMs: number
}

export interface MendResult {
  /** 'nothing': nothing was found that can be mended here; 'planned': a dry run. */
  readonly outcome: 'done' | 'nothing' | 'planned'
  readonly mended: readonly Mended[]
  /** What could not be mended, and why. */
  readonly failures: readonly Finding[]
  /** Of afterwards. */
  readonly validation: ValidationResult
  readonly backup: string | null
}

/** Rows first: an index may be unique again without those that go. */
const ORDER: readonly Mend['kind'][] = ['quarantine', 'seed_rows', 'rebuild_index', 'build_index']

/**
 * Validates and mends what is safe and can be undone, each as a step of its own that is recorded, after one backup. What
 * cannot be mended is told, and the others go on. Throws NOT_APPLIED, JOURNAL_FOREIGN, DATABASE_MISSING, LOCK_LOST.
 */
export async function mend(ctx: RunContext, options: MendOptions): Promise<MendResult> {
  const first = await validate(ctx, options)
  const found = mendsOf(first)
  const nothing = { mended: [], failures: [], validation: first, backup: null }
  if (options.dryRun)
    return {
      ...nothing,
      outcome: 'planned',
      mended: found.map(({ mend, count }) => planned(mend, count ?? 0)),
    }
  if (found.length === 0) return { ...nothing, outcome: 'nothing' }
  const { waitMs } = options
  const locking = { purpose: 'validate --fix', waitMs, load: 'pending' } as const
  const done = await withLock(ctx, locking, async (run) => {
    assertOurs(run.world.journal)
    // another run may have changed what is wrong
    const findings = mendsOf(await validateOn(ctx, run.writer, options))
    if (findings.length === 0) return { mended: [], failures: [], backup: null }
    const backup = await openRun(ctx, run, { backup: options.backup, verb: 'validate --fix' })
    return { ...(await mendAll(ctx, run, findings)), backup }
  })
  const validation = await validate(ctx, options)
  const outcome = done.mended.length + done.failures.length > 0 ? 'done' : 'nothing'
  return { outcome, ...done, validation }
}

type Mendable = Finding & { readonly mend: Mend }

const mendsOf = ({ findings }: ValidationResult): Mendable[] =>
  findings
    .filter((finding): finding is Mendable => finding.mend !== undefined)
    .sort((a, b) => ORDER.indexOf(a.mend.kind) - ORDER.indexOf(b.mend.kind))

async function mendAll(
  ctx: RunContext,
  run: LockedRun,
  findings: readonly Mendable[],
): Promise<Pick<MendResult, 'mended' | 'failures'>> {
  const mended: Mended[] = []
  const failures: Finding[] = []
  for (const { mend, at } of findings) {
    ctx.signal.throwIfAborted()
    const started = performance.now()
    ctx.emit({ type: 'mend.started', kind: mend.kind, object: objectOf(mend) })
    try {
      const done = await stoppable(ctx, run, () => mendOne(ctx, run, mend))
      if (done === null) continue
      mended.push(done)
      const durationMs = Math.round(performance.now() - started)
      ctx.emit({ type: 'mend.finished', ...done, durationMs })
    } catch (thrown) {
      const { code, message, hint } = asMigrateError(thrown)
      if (ctx.signal.aborted || ENDS_ALL.has(code)) throw thrown
      const finding: Finding = {
        code,
        severity: 'error',
        message: `It could not be mended: ${message}`,
        at: { object: objectOf(mend), ...at },
        // no statement is shown here
        fix: hint === CODES.STATEMENT_FAILED.hint ? CORRECT : hint,
      }
      ctx.emit({ type: 'finding', finding })
      failures.push(finding)
    }
  }
  return { mended, failures }
}

const CORRECT = 'Put right what the database says, then run `validate --fix` again.'

/** After these nothing else can be mended either. */
const ENDS_ALL: ReadonlySet<string> = new Set<MigrateError['code']>([
  'LOCK_LOST',
  'CONNECTION_LOST',
  'INTERRUPTED',
])
