import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'

/** In bytes. V8 goes to 128 MiB by itself, which made imports no faster and took 100 MB. */
const ENOUGH = 16 * 2 ** 20

/** Often enough to see it grow, in milliseconds. */
const EVERY_MS = 20

/**
 * Bounds the memory for objects that were just made, all but a batch of which are garbage soon: from the bound on, V8
 * gives them no more. Returns what puts it back, for whatever else the process does.
 */
export function boundYoungObjects(): () => void {
  let isBound = false
  const watch = setInterval(() => {
    if (sizeNow() < ENOUGH) return
    isBound = true
    // unlike --max-semi-space-size, it is heard while a process runs
    setFlagsFromString('--semi-space-growth-factor=1')
    clearInterval(watch)
  }, EVERY_MS).unref()
  return () => {
    clearInterval(watch)
    if (isBound) setFlagsFromString(`--semi-space-growth-factor=${V8_DEFAULT}`)
  }
}

/** https://github.com/v8/v8/blob/main/src/flags/flag-definitions.h */
const V8_DEFAULT = 2

const sizeNow = (): number =>
  getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.space_size ?? 0
