import { MigrateError } from '../../errors.ts'
import { isoDay, isoMonth, isoWeek, timeOf } from './calendar.ts'
import type { Tier } from './manifest.ts'

/** How many backups are kept: of the newest days, weeks and months that have one, and of the last runs. */
export interface RetentionPolicy {
  readonly daily: number
  readonly weekly: number
  readonly monthly: number
  readonly runs: number
}

/** A backup, as far as the rotation cares. */
export interface Rotated {
  readonly id: string
  /** ISO 8601. */
  readonly takenAt: string
  /** One that is not counts for nothing, and is left to a person. */
  readonly verified: boolean
  /** The run that it was taken before; null for a manual one. */
  readonly run: string | null
  readonly tiers: readonly Tier[]
}

export interface Retained<B extends Rotated> {
  readonly backup: B
  /** Why it is kept; empty: it can be removed. */
  readonly keep: readonly string[]
}

/**
 * What the rotation keeps, newest first: the newest backup of each UTC day, ISO week (Monday to Sunday) and month, as
 * far back as the policy says, counting only periods that have a backup; a backup that was promoted stands for its
 * week or month instead of the newest. The rules are ORed. What the last runs took is kept whatever the day, what was made
 * by hand for a day, the newest verified backup always. Those dated in the future are kept and use up nothing. Throws CONFIG_INVALID for a policy
 * that keeps nothing.
 */
export function planRetention<B extends Rotated>(
  backups: readonly B[],
  policy: RetentionPolicy,
  now: Date,
): Retained<B>[] {
  assertPolicy(policy)
  const sorted = backups.map((backup) => ({ backup, keep: [] as string[] })).sort(newestFirst)
  const counted: Slot<B>[] = []
  for (const slot of sorted) {
    if (!slot.backup.verified) slot.keep.push('not verified, so it is left to you')
    else if (timeOf(slot.backup.takenAt) > now.getTime()) slot.keep.push('dated in the future')
    else counted.push(slot)
  }
  counted[0]?.keep.push('newest verified')
  for (const rule of RULES) keepPeriods(counted, rule, policy[rule.count])
  keepRuns(counted, policy.runs)
  keepManual(counted, now)
  return sorted
}

interface Slot<B> {
  readonly backup: B
  readonly keep: string[]
}

function assertPolicy({ daily, weekly, monthly, runs }: RetentionPolicy): void {
  const counts = [daily, weekly, monthly, runs]
  if (!counts.every((count) => Number.isSafeInteger(count) && count >= 0)) {
    throw new MigrateError('CONFIG_INVALID', {
      message: 'What the rotation keeps must be whole numbers from 0.',
    })
  }
  if (counts.every((count) => count === 0)) {
    throw new MigrateError('CONFIG_INVALID', {
      message: 'The rotation would keep nothing: all of its counts are 0.',
      hint: 'Give at least one of daily, weekly, monthly and runs a count.',
    })
  }
}

const newestFirst = (a: Slot<Rotated>, b: Slot<Rotated>): number =>
  timeOf(b.backup.takenAt) - timeOf(a.backup.takenAt) || (a.backup.id < b.backup.id ? 1 : -1)

interface Rule {
  readonly count: 'daily' | 'weekly' | 'monthly'
  readonly label: string
  readonly period: (at: Date) => string
}

const RULES: readonly Rule[] = [
  { count: 'daily', label: '', period: isoDay },
  { count: 'weekly', label: 'week ', period: isoWeek },
  { count: 'monthly', label: 'month ', period: isoMonth },
]

function keepPeriods<B extends Rotated>(
  counted: readonly Slot<B>[],
  { count, label, period }: Rule,
  limit: number,
): void {
  const periods = Map.groupBy(counted, ({ backup }) => period(new Date(backup.takenAt)))
  for (const [name, slots] of [...periods].slice(0, limit)) {
    const promoted =
      count === 'daily' ? undefined : slots.find(({ backup }) => backup.tiers.includes(count))
    if (promoted) promoted.keep.push(`promoted for ${label}${name}`)
    else slots[0]?.keep.push(`newest of ${label}${name}`)
  }
}

function keepRuns<B extends Rotated>(counted: readonly Slot<B>[], limit: number): void {
  const runs = Map.groupBy(counted, ({ backup }) => backup.run)
  runs.delete(null)
  for (const [at, slots] of [...runs.values()].slice(0, limit).entries()) {
    for (const { keep } of slots) keep.push(`run ${at + 1} of the last ${limit}`)
  }
}

const A_DAY_MS = 86_400_000

/** Who made one by hand this morning does not expect that the one of this afternoon pushes it out. */
function keepManual<B extends Rotated>(counted: readonly Slot<B>[], now: Date): void {
  for (const { backup, keep } of counted) {
    const age = now.getTime() - Date.parse(backup.takenAt)
    if (backup.run === null && age < A_DAY_MS) keep.push('made by hand within a day')
  }
}
