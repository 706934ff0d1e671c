import { MigrateError } from '../errors.ts'
import type { Finding } from '../finding.ts'
import type { Journal } from '../journal/read.ts'

/** Throws the first finding that stands in the way of a run. */
export function refuse(findings: readonly Finding[]): void {
  const worst = findings.find((finding) => finding.severity === 'error')
  if (!worst) return
  throw new MigrateError(worst.code as MigrateError['code'], {
    message: worst.message,
    ...(worst.fix !== undefined && { hint: worst.fix }),
  })
}

/** Throws JOURNAL_FOREIGN, or NOT_APPLIED where there is no journal at all. */
export function assertOurs({ kind }: Journal): void {
  if (kind === 'foreign') throw new MigrateError('JOURNAL_FOREIGN')
  if (kind === 'none') {
    throw new MigrateError('NOT_APPLIED', { message: 'The database has no journal yet.' })
  }
}
