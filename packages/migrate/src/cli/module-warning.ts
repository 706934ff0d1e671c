let isMuted = false

/**
 * Keeps back the one warning that Node prints when a file that it takes for CommonJS has `export` in it: the error that
 * follows says the same and what to do. Node hands it to the listeners without passing `process.emitWarning`, and it
 * has no code for `--disable-warning`, so it is picked out of the events.
 */
export function muteModuleWarning(): void {
  if (isMuted) return
  isMuted = true
  const emit = process.emit.bind(process) as (event: string, ...values: unknown[]) => boolean
  const picked = (event: string, ...values: unknown[]): boolean => {
    const [warning] = values
    const isIt =
      event === 'warning' &&
      warning instanceof Error &&
      warning.message.startsWith('Failed to load the ES module: ')
    return isIt || emit(event, ...values)
  }
  process.emit = picked as typeof process.emit
}
