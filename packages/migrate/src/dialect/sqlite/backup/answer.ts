import { MigrateError } from '../../../errors.ts'
import { isSqliteError } from '../errors.ts'

/** What a job in another thread or process comes to, as a plain value. */
export type Answer<T> = { readonly value: T } | { readonly failed: Failure }

/** A MigrateError as it tells itself, or any other: SQLite's have an `errcode`, the system's an `errno`, `ENOSPC`. */
type Failure =
  | ReturnType<MigrateError['toJSON']>
  | {
      readonly message: string
      readonly errcode: number | undefined
      readonly errno: string | undefined
    }

/** Does a job and never throws. */
export async function answered<T>(act: () => T | Promise<T>): Promise<Answer<T>> {
  try {
    return { value: await act() }
  } catch (thrown) {
    return { failed: asValue(thrown) }
  }
}

/** The job's value; throws what the job threw. */
export function resultOf<T>(answer: Answer<T>): T {
  if ('value' in answer) return answer.value
  throw asError(answer.failed)
}

function asValue(thrown: unknown): Failure {
  if (thrown instanceof MigrateError) return thrown.toJSON()
  return {
    message: thrown instanceof Error ? thrown.message : String(thrown),
    errcode: isSqliteError(thrown) ? thrown.errcode : undefined,
    errno: isSqliteError(thrown) ? undefined : (thrown as NodeJS.ErrnoException | null)?.code,
  }
}

function asError(failed: Failure): Error {
  if ('code' in failed) return new MigrateError(failed.code, failed)
  const { message, errcode, errno } = failed
  return Object.assign(
    new Error(message),
    errcode !== undefined && { errcode },
    errno !== undefined && { code: errno },
  )
}
