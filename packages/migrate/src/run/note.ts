import type { Dialect } from '../dialect/port.ts'
import { readJournalIfWhole } from '../journal/read.ts'
import type { LogInput } from '../journal/record.ts'
import type { RunContext } from './context.ts'
import { ensureJournal } from './ensure-journal.ts'
import { openRecorder } from './recorder.ts'
import { inTransaction } from './transaction.ts'

/**
 * Appends one entry to the journal's log of a database, on a connection of its own. A database without a journal of
 * ours gets none, nor does one whose log is gone.
 */
export async function note(ctx: RunContext, dialect: Dialect, entry: LogInput): Promise<void> {
  const writer = await dialect.openWriter({
    runId: ctx.runId,
    onNotice: () => {},
    // whoever freezes a database means its data, not what the log tells of it
    evenFrozen: true,
  })
  try {
    const journal = await readJournalIfWhole(writer, dialect)
    if (journal?.kind !== 'ours') return
    const recorder = await openRecorder(ctx, dialect, writer, journal)
    await inTransaction({ writer, recorder }, async () => {
      await ensureJournal(ctx, recorder)
      await recorder.append(entry)
    })
  } finally {
    await writer.close()
  }
}
