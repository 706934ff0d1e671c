import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isoWeek } from '../../src/backup/catalogue/calendar.ts'
import {
  planRetention,
  type RetentionPolicy,
  type Rotated,
} from '../../src/backup/catalogue/retention.ts'
import { KEEP_DEFAULTS } from '../../src/config/define.ts'

const NOW = new Date('2026-11-24T12:00:00Z')
const NONE: RetentionPolicy = { daily: 0, weekly: 0, monthly: 0, runs: 0 }

const backup = (takenAt: string, more: Partial<Rotated> = {}): Rotated => ({
  id: takenAt,
  takenAt,
  verified: true,
  run: null,
  tiers: ['daily'],
  ...more,
})

const reasons = (backups: readonly Rotated[], policy: Partial<RetentionPolicy>) =>
  Object.fromEntries(
    planRetention(backups, { ...NONE, ...policy }, NOW).map(({ backup, keep }) => [
      backup.id,
      keep,
    ]),
  )

test('the ISO week of a day at the end or the beginning of a year may belong to the other year', () => {
  const weeks = {
    '2026-11-22': '2026-W47',
    '2026-11-23': '2026-W48',
    '2024-12-29': '2024-W52',
    '2024-12-30': '2025-W01',
    '2026-12-31': '2026-W53',
    '2027-01-03': '2026-W53',
    '2027-01-04': '2027-W01',
    '2021-01-03': '2020-W53',
    '2023-01-01': '2022-W52',
    '2018-01-01': '2018-W01',
  }
  for (const [day, week] of Object.entries(weeks)) {
    assert.equal(isoWeek(new Date(`${day}T00:00:00Z`)), week)
    assert.equal(isoWeek(new Date(`${day}T23:59:59.999Z`)), week)
  }
})

test('the newest backup of each of the last days that have one is kept, and says so', () => {
  const kept = reasons(
    [
      backup('2026-11-22T09:00:00Z'),
      backup('2026-11-22T08:00:00Z'),
      backup('2026-11-10T23:59:59Z'),
      backup('2026-11-09T00:00:00Z'),
    ],
    { daily: 2 },
  )
  assert.deepEqual(kept, {
    '2026-11-22T09:00:00Z': ['newest verified', 'newest of 2026-11-22'],
    '2026-11-22T08:00:00Z': [],
    '2026-11-10T23:59:59Z': ['newest of 2026-11-10'],
    '2026-11-09T00:00:00Z': [],
  })
})

test('a backup may be kept by several rules at once', () => {
  assert.deepEqual(reasons([backup('2026-11-22T09:00:00Z')], KEEP_DEFAULTS), {
    '2026-11-22T09:00:00Z': [
      'newest verified',
      'newest of 2026-11-22',
      'newest of week 2026-W47',
      'newest of month 2026-11',
    ],
  })
})

test('what was made by hand is kept for a day, whatever else was made since', () => {
  const kept = reasons(
    [
      backup('2026-11-24T11:00:00Z'),
      backup('2026-11-24T10:00:00Z'),
      backup('2026-11-24T09:00:00Z', { run: 'a' }),
      backup('2026-11-23T11:59:00Z'),
    ],
    { daily: 1 },
  )
  assert.deepEqual(Object.values(kept).slice(1), [['made by hand within a day'], [], []])
})

test('a promoted backup stands for its week in place of the newest', () => {
  const kept = reasons(
    [
      backup('2026-11-22T09:00:00Z'),
      backup('2026-11-13T09:00:00Z'),
      backup('2026-11-12T09:00:00Z', { tiers: ['daily', 'weekly'] }),
    ],
    { weekly: 2 },
  )
  assert.deepEqual(kept['2026-11-13T09:00:00Z'], [])
  assert.deepEqual(kept['2026-11-12T09:00:00Z'], ['promoted for week 2026-W46'])
})

test('everything that the last runs took is kept whatever the day', () => {
  const kept = reasons(
    [
      backup('2026-11-22T09:03:00Z', { run: 'c' }),
      backup('2026-11-22T09:02:00Z', { run: 'b' }),
      backup('2026-11-22T09:01:00Z', { run: 'b' }),
      backup('2026-11-22T09:00:00Z', { run: 'a' }),
      backup('2026-11-22T08:00:00Z'),
    ],
    { runs: 2 },
  )
  assert.deepEqual(kept, {
    '2026-11-22T09:03:00Z': ['newest verified', 'run 1 of the last 2'],
    '2026-11-22T09:02:00Z': ['run 2 of the last 2'],
    '2026-11-22T09:01:00Z': ['run 2 of the last 2'],
    '2026-11-22T09:00:00Z': [],
    '2026-11-22T08:00:00Z': [],
  })
})

test('a backup dated in the future is kept and uses up no period', () => {
  const kept = reasons(
    [backup('2031-01-01T00:00:00Z'), backup('2026-11-22T09:00:00Z'), backup('no date')],
    { daily: 1 },
  )
  assert.deepEqual(kept['2031-01-01T00:00:00Z'], ['dated in the future'])
  assert.deepEqual(kept['no date'], ['dated in the future'])
  assert.deepEqual(kept['2026-11-22T09:00:00Z'], ['newest verified', 'newest of 2026-11-22'])
})

test('a backup that is not verified counts for nothing', () => {
  const kept = reasons(
    [backup('2026-11-22T09:00:00Z', { verified: false }), backup('2026-11-22T08:00:00Z')],
    { daily: 1 },
  )
  assert.deepEqual(kept['2026-11-22T08:00:00Z'], ['newest verified', 'newest of 2026-11-22'])
  assert.deepEqual(kept['2026-11-22T09:00:00Z'], ['not verified, so it is left to you'])
})

test('a policy that keeps nothing, or no whole number, is refused', () => {
  for (const policy of [NONE, { ...NONE, daily: -1 }, { ...NONE, daily: 1.5 }]) {
    assert.throws(() => planRetention([], policy, NOW), { code: 'CONFIG_INVALID' })
  }
})

const count = fc.integer({ min: 0, max: 5 })
const policies = fc
  .record({ daily: count, weekly: count, monthly: count, runs: count })
  .filter((policy) => Object.values(policy).some((each) => each > 0))
const histories = fc
  .array(
    fc.record({
      hour: fc.integer({ min: -200, max: 24 * 400 }),
      verified: fc.boolean(),
      run: fc.option(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g')),
      tiers: fc.constantFrom<Rotated['tiers']>(['daily'], ['daily', 'weekly'], ['monthly']),
    }),
    { maxLength: 60 },
  )
  .map((parts) =>
    parts.map(({ hour, ...rest }, at) => ({
      ...rest,
      id: String(at),
      takenAt: new Date(NOW.getTime() - hour * 3_600_000).toISOString(),
    })),
  )

const idsKept = (backups: readonly Rotated[], policy: RetentionPolicy): Set<string> =>
  new Set(
    planRetention(backups, policy, NOW)
      .filter(({ keep }) => keep.length > 0)
      .map(({ backup }) => backup.id),
  )

test('whatever the history and the policy, the newest verified backup is kept', () => {
  fc.assert(
    fc.property(histories, policies, (backups, policy) => {
      const past = backups.filter((each) => each.verified && Date.parse(each.takenAt) <= +NOW)
      const newest = Math.max(...past.map(({ takenAt }) => Date.parse(takenAt)))
      const kept = idsKept(backups, policy)
      assert.equal(kept.size > 0, backups.length > 0)
      if (past.length === 0) return
      assert.ok(past.some(({ id, takenAt }) => Date.parse(takenAt) === newest && kept.has(id)))
    }),
  )
})

test('a policy that asks for more never removes what one that asks for less keeps', () => {
  fc.assert(
    fc.property(histories, policies, policies, (backups, policy, more) => {
      const sum = {
        daily: policy.daily + more.daily,
        weekly: policy.weekly + more.weekly,
        monthly: policy.monthly + more.monthly,
        runs: policy.runs + more.runs,
      }
      const kept = idsKept(backups, sum)
      for (const id of idsKept(backups, policy)) assert.ok(kept.has(id))
    }),
  )
})

test('what is left after a cleanup is left by the next one too', () => {
  fc.assert(
    fc.property(histories, policies, (backups, policy) => {
      const kept = idsKept(backups, policy)
      const left = backups.filter(({ id }) => kept.has(id))
      assert.deepEqual(idsKept(left, policy), kept)
    }),
  )
})
