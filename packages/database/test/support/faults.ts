import type { Finding } from '@fossawork/migrate'

/** What a validation found that is more than a note. */
export const faults = ({ findings }: { readonly findings: readonly Finding[] }): Finding[] =>
  findings.filter(({ severity }) => severity !== 'info')
