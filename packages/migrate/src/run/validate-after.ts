import type { Finding } from '../finding.ts'
import type { RunContext } from './context.ts'
import { type ValidationResult, validate } from './validate.ts'

/**
 * Checks what the configuration wants checked after a change, and tells what it finds; null where nothing is to be
 * checked. Without a generated snapshot there is nothing to compare the schema with, which is no fault of the run.
 */
export async function validateAfter(ctx: RunContext): Promise<ValidationResult | null> {
  const { validateAfter: categories } = ctx.settings
  if (categories === 'off' || categories.length === 0) return null
  const result = await validate(ctx, {
    categories,
    sample: null,
    // the backup that was taken first was read whole
    pages: false,
    deep: false,
  })
  const findings = result.findings
    .filter(({ code }) => code !== 'SNAPSHOT_MISSING')
    .map(
      (finding): Finding =>
        finding.code === 'SNAPSHOT_STALE' ? { ...finding, severity: 'warning' } : finding,
    )
  for (const finding of findings) {
    if (finding.severity !== 'info') ctx.emit({ type: 'finding', finding })
  }
  return { ...result, findings, ok: !findings.some(({ severity }) => severity === 'error') }
}
