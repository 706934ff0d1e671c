import { MigrateError } from '../errors.ts'
import type { ScriptStatement, Session } from './session.ts'

/** Runs statements one after the other, each once the one before it has succeeded. */
export async function runScript(
  session: Pick<Session, 'query'>,
  statements: readonly ScriptStatement[],
  onDone: (index: number) => void,
): Promise<void> {
  for (const [index, statement] of statements.entries()) {
    await runOne(session, statement)
    onDone(index)
  }
}

/** Runs one statement; an error's offset becomes one in the whole text. */
export async function runOne(
  session: Pick<Session, 'query'>,
  { text, offset }: ScriptStatement,
): Promise<void> {
  try {
    await session.query(text)
  } catch (thrown) {
    if (!(thrown instanceof MigrateError)) throw thrown
    const { code, message, hint, cause } = thrown
    throw new MigrateError(code, { message, hint, cause, offset: offset + (thrown.offset ?? 0) })
  }
}
