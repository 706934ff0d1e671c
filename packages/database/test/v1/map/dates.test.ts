import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readDate } from '../../../src/v1/map/dates.ts'
import { dateOf, draft } from '../../../src/v1/map/mapping.ts'

const GOOD: readonly [unknown, string][] = [
  ['05/07/2025', '2025-05-07T00:00:00.000Z'],
  [' 5/7/2025 ', '2025-05-07T00:00:00.000Z'],
  ['02/29/2024', '2024-02-29T00:00:00.000Z'],
  ['2025-05-07', '2025-05-07T00:00:00.000Z'],
  ['2025-05-06T20:06:50.314Z', '2025-05-06T20:06:50.314Z'],
  ['2025-05-06T20:06:50', '2025-05-06T20:06:50.000Z'],
  ['2025-05-06 20:06', '2025-05-06T20:06:00.000Z'],
  ['2025-05-06T20:06:50.123456', '2025-05-06T20:06:50.123Z'],
  ['2025-12-31T23:30:00-05:00', '2026-01-01T04:30:00.000Z'],
  ['2025-01-01T00:30:00+1400', '2024-12-31T10:30:00.000Z'],
  [1_746_561_610_314, '2025-05-06T20:00:10.314Z'],
  [1_746_561_610, '2025-05-06T20:00:10.000Z'],
  ['1746561610', '2025-05-06T20:00:10.000Z'],
]
const NO_DATE = [
  ...['anytime', '02/30/2025', '02/29/2025', '13/45/2025', '13/05/2025', '00/10/2025', '5/7/25'],
  ...['2025-02-30', '2025-13-01', '2025-05-06T25:00', '2025-05-06T10:60', '2025-05-06T10:00+15:00'],
  ...['0001-01-01T00:00:00', '05/07/0202', '2025-05-07 or later', 'May 7, 2025', '20250507'],
  ...[0, 7, 1e300, Number.NaN, -1_746_561_610, true, {}, ['05/07/2025']],
]

for (const zone of ['UTC', 'America/New_York', 'Pacific/Kiritimati']) {
  test(`a date is the day that V1 wrote, on a machine in ${zone}`, (t) => {
    const before = process.env.TZ
    t.after(() => {
      if (before === undefined) delete process.env.TZ
      else process.env.TZ = before
    })
    process.env.TZ = zone
    // proves that the machine stands there now
    const hours = { UTC: 0, 'America/New_York': -5, 'Pacific/Kiritimati': 14 }[zone] as number
    assert.equal(new Date(2025, 0, 1).getTimezoneOffset(), -hours * 60 + 0)
    for (const [value, iso] of GOOD) {
      const { date, understood } = readDate(value)
      assert.deepEqual([date?.toISOString(), understood], [iso, true], String(value))
    }
    for (const value of NO_DATE) {
      assert.deepEqual(readDate(value), { date: null, understood: false }, String(value))
    }
  })
}

test('of what is no date only what looks like one is shown', () => {
  const told = (value: unknown) => {
    const row = draft({ file: 'f', position: '', value })
    dateOf(row, value, '')
    return row.notes[0]?.message
  }
  for (const shown of ['02/30/2025', '2025-13-01T00:00:00Z', 'Anytime', 'n/a', 17]) {
    assert.equal(told(shown), `'${shown}' is no date: left empty.`)
  }
  for (const hidden of ['hunter2', 'noon', 'Ann Miller', '1'.repeat(33), 'TBD hunter']) {
    assert.equal(told(hidden), 'A string is no date: left empty.')
  }
})

test('nothing is no date, and understood', () => {
  for (const value of [null, undefined, '', '  ']) {
    assert.deepEqual(readDate(value), { date: null, understood: true })
  }
})

test('every day comes back as itself, and no other text becomes a day', () => {
  const number = (max: number) => fc.integer({ min: 0, max })
  fc.assert(
    fc.property(
      number(14),
      number(33),
      fc.integer({ min: 1900, max: 2199 }),
      (month, day, year) => {
        const { date } = readDate(`${month}/${day}/${year}`)
        const [m, d] = [month, day].map((part) => String(part).padStart(2, '0'))
        if (date) assert.equal(date.toISOString(), `${year}-${m}-${d}T00:00:00.000Z`)
        else
          assert.ok(month < 1 || month > 12 || day < 1 || day > new Date(year, month, 0).getDate())
      },
    ),
  )
  fc.assert(
    fc.property(fc.string(), (text) => {
      const { date } = readDate(text)
      assert.ok(date === null || /\d{9}|\d{4}-\d\d-\d\d|\/\d{4}/.test(text))
    }),
  )
})
