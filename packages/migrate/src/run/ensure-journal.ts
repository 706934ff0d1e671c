import type { Recorder } from '../journal/record.ts'
import { describeUnguarded } from '../validate/log-guard.ts'
import type { RunContext } from './context.ts'

/**
 * Makes what the journal lacks, within a transaction, before anything is written to it. Triggers of the log that
 * somebody had removed are put back, and the log tells of it.
 */
export async function ensureJournal({ emit }: RunContext, recorder: Recorder): Promise<void> {
  const missing = await recorder.ensureTables()
  if (missing.length === 0) return
  await recorder.append({ event: 'mended', detail: { mend: 'log_guard', what: missing } })
  emit({
    type: 'finding',
    finding: {
      code: 'LOG_UNGUARDED',
      severity: 'warning',
      message: `${describeUnguarded(missing)} It was put back.`,
      fix: 'See `validate --category tracking` for whether entries were changed meanwhile.',
    },
  })
}
