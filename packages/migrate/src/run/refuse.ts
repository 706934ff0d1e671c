import { MigrateError } from '../errors.ts'
import type { Finding } from '../finding.ts'

/** Throws the first finding that stands in the way of a run. */
export function refuse(findings: readonly Finding[]): void {
  const worst = findings.find((finding) => finding.severity === 'error')
  if (!worst) return
  throw new MigrateError(worst.code as MigrateError['code'], {
    message: worst.message,
    ...(worst.fix !== undefined && { hint: worst.fix }),
  })
}
