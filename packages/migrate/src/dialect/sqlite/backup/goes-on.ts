import { MigrateError } from '../../../errors.ts'

/** Throws INTERRUPTED once the signal is aborted. */
export function assertGoesOn(signal: AbortSignal): void {
  if (signal.aborted) throw new MigrateError('INTERRUPTED')
}
