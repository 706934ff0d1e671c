import { chmod } from 'node:fs/promises'
import { shellWord } from '../shell.ts'
import { modesOf, OTHERS, octal } from '../validate/security/modes.ts'
import type { RunContext } from './context.ts'
import { ensureJournal } from './ensure-journal.ts'
import type { GrantsOptions, GrantsResult } from './grants-result.ts'
import { assertOurs } from './refuse.ts'
import { withLock } from './session.ts'
import { inTransaction } from './transaction.ts'

/** SQLite: what a user may do is what the files' modes say. `apply` takes others' rights away. Windows has no modes. */
export async function closeFiles(
  ctx: RunContext,
  { apply, waitMs }: Pick<GrantsOptions, 'apply' | 'waitMs'>,
): Promise<GrantsResult> {
  const found = process.platform === 'win32' ? [] : await modesOf(ctx.dialect.files)
  const open = found.filter(({ mode }) => (mode & OTHERS) !== 0)
  const result = {
    hasJournal: true,
    roles: null,
    checked: found.length,
    statements: open.map(({ path }) => `chmod o-rwx ${shellWord(path)}`),
    faults: [],
    files: found.map(({ path, mode }) => ({
      file: path,
      mode: octal(mode),
      wanted: octal(mode & ~OTHERS),
    })),
  }
  if (open.length === 0) return { ...result, outcome: 'nothing' }
  if (!apply) return { ...result, outcome: 'planned' }
  await withLock(ctx, { purpose: 'grants', waitMs, load: 'pending' }, async (run) => {
    assertOurs(run.world.journal)
    // this connection's own -wal is there as well now
    for (const { path, mode } of await modesOf(ctx.dialect.files)) {
      if (mode & OTHERS) await chmod(path, mode & ~OTHERS)
    }
    await inTransaction(run, async () => {
      await ensureJournal(ctx, run.recorder)
      const detail = { files: open.map(({ path }) => path), statements: open.length }
      await run.recorder.append({ event: 'grants_applied', detail })
    })
  })
  return { ...result, outcome: 'done' }
}
