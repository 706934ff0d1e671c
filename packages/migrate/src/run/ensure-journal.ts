import type { Recorder } from '../journal/record.ts'
import { describeUnguarded } from '../validate/log-guard.ts'
import type { RunContext } from './context.ts'

/**
 * Makes what the journal lacks, within a transaction, before anything is written to it. The log tells of what an older
 * journal has had added, and of what somebody had removed and is put back.
 */
export async function ensureJournal({ emit }: RunContext, recorder: Recorder): Promise<void> {
  const { added, putBack } = await recorder.ensureTables()
  if (added.length > 0) {
    await recorder.append({ event: 'journal_upgraded', detail: { what: added } })
  }
  if (putBack.length === 0) return
  await recorder.append({ event: 'mended', detail: { mend: 'log_guard', what: putBack } })
  emit({
    type: 'finding',
    finding: {
      code: 'LOG_UNGUARDED',
      severity: 'warning',
      message: `${describeUnguarded(putBack)} It was put back.`,
      fix: 'See `validate --category tracking` for whether entries were changed meanwhile.',
    },
  })
}
