import type { Dialect, DialectName } from '../dialect/port.ts'
import type { Session, Writer } from '../dialect/session.ts'
import { asMigrateError, MigrateError } from '../errors.ts'
import type { LogEntry } from '../journal/chain.ts'
import type { Journal } from '../journal/read.ts'
import { createRecorder, type Recorder } from '../journal/record.ts'
import { createCalls } from './calls.ts'
import type { RunContext } from './context.ts'

/** Writes the journal of a database through the run's connection to it, and shows the project's onRecord each entry. */
export async function openRecorder(
  ctx: RunContext,
  dialect: Dialect,
  writer: Writer,
  journal: Journal,
): Promise<Recorder> {
  return createRecorder(writer, {
    dialect,
    actor: { ...ctx.actor, dbUser: writer.user },
    runId: ctx.runId,
    journal,
    prefix: await dialect.journalPrefix(writer),
    observe: observer(ctx, dialect.name, writer),
  })
}

/** Throws RECORD_REFUSED for what onRecord threw, or what failed in it; what is tried again anyway is let through. */
function observer(
  { settings: { onRecord }, signal }: RunContext,
  dialect: DialectName,
  session: Pick<Session, 'query'>,
): ((entry: LogEntry) => Promise<void>) | null {
  if (!onRecord) return null
  return async (entry) => {
    const calls = createCalls()
    let isOver = false
    const query: Session['query'] = (sql, params) =>
      isOver ? Promise.reject(tooLate()) : calls.add(session.query(sql, params))
    try {
      await onRecord({ dialect, query }, entry).finally(async () => {
        isOver = true
        // what it did not wait for would run after the transaction's end
        await calls.settled()
        // after the first failure PostgreSQL refuses whatever else is asked, which says nothing
        calls.throwFailure()
      })
    } catch (thrown) {
      const error = asMigrateError(thrown)
      if (signal.aborted || error.retryable) throw thrown
      throw refused(entry, error)
    }
  }
}

const refused = ({ event, version }: LogEntry, cause: MigrateError): MigrateError =>
  new MigrateError('RECORD_REFUSED', {
    message: `The configuration's onRecord failed on the entry \`${event}\`${version === null ? '' : ` of ${version}`}: ${cause.message}`,
    cause,
  })

const tooLate = (): MigrateError =>
  new MigrateError('STATEMENT_FAILED', {
    message: 'A statement of onRecord came after onRecord had ended.',
    hint: 'Await every query in it.',
  })

/**
 * Writes an entry that tells of a failure, if need be past the project's onRecord: what went wrong stays known, and is
 * what the user sees.
 */
export async function recordFailing(
  { emit }: RunContext,
  write: (observed: boolean) => Promise<void>,
): Promise<void> {
  try {
    await write(true)
  } catch (thrown) {
    if (!(thrown instanceof MigrateError && thrown.code === 'RECORD_REFUSED')) throw thrown
    const { code, message, hint } = thrown
    emit({
      type: 'finding',
      finding: {
        code,
        severity: 'warning',
        message: `${message} The log has the entry nevertheless.`,
        fix: hint,
      },
    })
    await write(false)
  }
}
