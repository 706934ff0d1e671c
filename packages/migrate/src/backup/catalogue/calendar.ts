const DAY = 86_400_000

/** Milliseconds since 1970; a date that cannot be read is none in the past. */
export function timeOf(iso: string): number {
  const time = Date.parse(iso)
  return Number.isNaN(time) ? Number.POSITIVE_INFINITY : time
}

/** `2026-11-22`, in UTC. */
export const isoDay = (at: Date): string => at.toISOString().slice(0, 10)

/** `2026-11`, in UTC. */
export const isoMonth = (at: Date): string => at.toISOString().slice(0, 7)

/** `2026-W47`: the ISO week, Monday to Sunday in UTC. It belongs to the year that its Thursday is in. */
export function isoWeek(at: Date): string {
  const thursday = new Date(at.getTime() + (4 - (at.getUTCDay() || 7)) * DAY)
  const year = thursday.getUTCFullYear()
  const week = Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / DAY / 7) + 1
  return `${year}-W${String(week).padStart(2, '0')}`
}
