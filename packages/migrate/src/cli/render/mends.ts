import type { MendResult } from '../../run/mend/mend.ts'
import type { RestoreQuarantinedResult } from '../../run/mend/restore-quarantined.ts'
import { counted } from './format.ts'
import { findingList, paragraphs } from './notes.ts'
import { renderValidation } from './validation.ts'
import type { View } from './view.ts'
import { oneLine } from './width.ts'

/** How the database is now, and what was mended, or would be. What could not be was told when it failed. */
export function renderMends(result: MendResult, view: View): string {
  const { outcome, mended, failures, validation, backup } = result
  const mark = outcome === 'planned' ? view.paint('cyan', '·') : view.paint('green', '✓')
  return paragraphs(
    renderValidation(validation, view),
    mended.map(({ what }) => `  ${mark} ${oneLine(what)}`).join('\n'),
    outcome === 'planned'
      ? `${mended.length ? '' : 'Nothing here can be mended by itself. '}Nothing was written.`
      : said(mended.length, failures.length),
    backup === null ? '' : `Backup: ${backup}`,
  )
}

function said(mended: number, failed: number): string {
  if (mended + failed === 0) return 'There was nothing to mend by itself.'
  return `Mended ${counted(mended, 'thing')}${failed ? `; ${failed} could not be mended` : ''}.`
}

/** Which rows came back from quarantine, or would, and which stay there. */
export function renderReturn(result: RestoreQuarantinedResult, view: View): string {
  const { outcome, restored, findings, backup } = result
  const verb = (rows: number): string =>
    outcome === 'planned' ? 'would be' : rows === 1 ? 'was' : 'were'
  return paragraphs(
    restored
      .map(({ table, rows }) => `${counted(rows, 'row')} of ${table} ${verb(rows)} put back.`)
      .join('\n'),
    findingList(findings, view),
    restored.length + findings.length === 0 ? 'Nothing is in quarantine.' : '',
    outcome === 'planned' ? 'Nothing was written.' : '',
    backup === null ? '' : `Backup: ${backup}`,
  )
}
