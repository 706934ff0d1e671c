import { JOURNAL_TABLE } from '../dialect/port.ts'
import type { TransactionOptions } from '../dialect/session.ts'
import { asMigrateError } from '../errors.ts'
import { keepSnapshot, keepSources } from '../journal/archive.ts'
import { eventsAfter, settlesSchema } from '../journal/schema-events.ts'
import { checksum, normalised } from '../migration/checksum.ts'
import { isBeingBuilt } from '../schema/diff.ts'
import { formatKept } from '../schema/kept.ts'
import type { RunContext } from './context.ts'
import { liveSchema } from './live-schema.ts'
import type { LockedRun } from './locked-run.ts'
import { inTransaction } from './transaction.ts'

/**
 * Keeps with the journal what a run left: the schema, and the sources of what is applied. A run that had no business
 * with the schema keeps nothing, so that what others did to it stays to be seen. Never throws: a finding tells.
 */
export async function keepSchema(ctx: RunContext, run: LockedRun): Promise<void> {
  const { recorder, world, writer, lock } = run
  const { prefix } = recorder
  const before = world.journal.head.seq
  try {
    if (writer.inTransaction()) await writer.rollback()
    const events = await eventsAfter(writer, before)
    if (!events.some(settlesSchema)) return
    // without the lock another run may have gone on from here
    await lock.assertHeld()
    await inTransaction(
      run,
      async () => {
        const live = await liveSchema(ctx, writer)
        const { seq, hash } = recorder.head()
        // what is being built is somebody else's, and not what it will be
        const text = formatKept(new Map([...live].filter(([, fact]) => !isBeingBuilt(fact))), hash)
        await keepSnapshot(writer, prefix, seq, text)
        await keepSources(writer, prefix, await appliedSources(run))
      },
      PATIENT,
    )
  } catch (thrown) {
    const { code, message } = asMigrateError(thrown)
    ctx.emit({
      type: 'finding',
      finding: {
        code: 'SNAPSHOT_NOT_KEPT',
        severity: 'warning',
        message: `What the run left of the schema could not be kept with the journal (${code}): ${message}`,
        fix: 'Until a run keeps it, `drift` compares with the generated snapshot.',
      },
    })
  }
}

/** PostgreSQL reads the definition of a table only while nobody has it for himself alone; no run ends late for that. */
const PATIENT: TransactionOptions = { foreignKeys: 'enforced', shrinks: [], lockTimeoutMs: 1_000 }

/** The sources of the applied versions, as far as the files are still what was applied. */
async function appliedSources({
  world,
  writer,
  recorder,
}: LockedRun): Promise<Map<string, () => Buffer>> {
  const { rows } = await writer.query<{ version: string; checksum: string | null }>(
    `SELECT version, checksum FROM ${recorder.prefix}${JOURNAL_TABLE} WHERE status = 'applied'`,
  )
  const applied = new Map(rows.map((row) => [row.version, row.checksum]))
  return new Map(
    world.files
      .filter((file) => applied.get(file.version) === file.checksum)
      // of a built file the source is not there
      .filter((file) => checksum(file.source) === file.checksum)
      .map((file) => [file.checksum, () => normalised(file.source)]),
  )
}
