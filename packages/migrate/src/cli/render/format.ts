/** `12 ms`, `3.4 s`, `2 min 5 s`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

/** `512 B`, `1.2 MB`; in powers of 1000. */
export function bytes(size: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let value = size
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`
}

/** To the second: `2026-11-22T13:49:59Z`. */
export const time = (iso: string | null): string => iso?.replace(/\.\d+Z$/, 'Z') ?? ''

/** `1 migration`, `3 migrations`. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`

/** Objects of a schema without those that belong to a table among them: `table a` says it all. */
export function wholeObjects(keys: readonly string[]): string[] {
  const tables = keys.filter((key) => key.startsWith('table ')).map((key) => key.slice(6))
  return keys.filter(
    (key) => !tables.some((table) => key.slice(key.indexOf(' ') + 1).startsWith(`${table}.`)),
  )
}
