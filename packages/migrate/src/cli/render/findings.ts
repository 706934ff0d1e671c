import type { Finding } from '../../finding.ts'
import { counted } from './format.ts'
import { findingList, paragraphs } from './notes.ts'
import type { View } from './view.ts'

/** Findings, or a sentence that there are none. */
export function renderFindings(findings: readonly Finding[], none: string, view: View): string {
  if (findings.length === 0) return none
  const of = (severity: Finding['severity']) =>
    findings.filter((finding) => finding.severity === severity).length
  return paragraphs(
    findingList(findings, view),
    `${counted(of('error'), 'error')}, ${counted(of('warning'), 'warning')}, ${counted(of('info'), 'note')}.`,
  )
}
