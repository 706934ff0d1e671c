import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEventLines } from '../../src/cli/render/event-lines.ts'
import { bytes, duration, wholeObjects } from '../../src/cli/render/format.ts'
import { type Column, table } from '../../src/cli/render/table.ts'
import { createHint, createPaint, type View } from '../../src/cli/render/view.ts'
import { displayWidth, oneLine, truncate } from '../../src/cli/render/width.ts'
import type { RunEvent } from '../../src/events.ts'

const view = (width: number, color = false): View => ({
  paint: createPaint(color),
  width,
  hint: (text) => text,
})

const rows = [
  ['v001_initial_schema', 'Create the tables that everything else needs', '12 ms'],
  ['v002', '日本語の説明 with é and 😀 in it', '3 ms'],
]
const columns: readonly Column<string[]>[] = [
  { value: (row: string[]) => row[0] ?? '' },
  { value: (row: string[]) => row[1] ?? '', shrinks: true },
  { value: (row: string[]) => row[2] ?? '', align: 'right', color: () => 'red' },
]

test('a table is one line a row, its columns aligned, at every width', () => {
  for (const width of [45, 60, 80, 200]) {
    for (const color of [false, true]) {
      const lines = table(rows, columns, view(width, color)).split('\n')
      assert.equal(lines.length, 2)
      const widths = lines.map(displayWidth)
      assert.ok(Math.max(...widths) <= width, `${widths} in ${width}`)
      assert.equal(widths[0], widths[1])
    }
  }
  assert.match(table(rows, columns, view(45)), /v001_initial_schema {2}Create the tab… {2}12 ms/)
  assert.ok(table(rows, columns, view(Number.POSITIVE_INFINITY)).includes(rows[0]?.[1] ?? '?'))
})

test('wide characters count two columns, and none is cut in half', () => {
  assert.equal(displayWidth('日本'), 4)
  assert.equal(displayWidth('e\u0301'), 1)
  assert.equal(displayWidth('👨‍👩‍👧'), 2)
  assert.equal(truncate('日本語', 4), '日…')
  assert.equal(truncate('abc', 3), 'abc')
})

test('one line is one line without control characters', () => {
  assert.equal(oneLine('a\n\tb\x1b[31mred\x1b[0m\x07c'), 'a bred c')
})

test('commands in a hint get the name and the place, other code stays', () => {
  const hint = createHint('own-db', ['repair', 'migrate'], ['--database', "sqlite:///it's.db"])
  assert.equal(
    hint('Run `repair --version V`, or `npm install pg`; not `transaction: false`.'),
    "Run `own-db repair --database 'sqlite:///it'\\''s.db' --version V`, or `npm install pg`; not `transaction: false`.",
  )
})

test('durations and sizes are short', () => {
  assert.deepEqual([0, 999, 1000, 59_949, 59_950, 125_000].map(duration), [
    '0 ms',
    '999 ms',
    '1.0 s',
    '59.9 s',
    '1 min 0 s',
    '2 min 5 s',
  ])
  assert.deepEqual([0, 999, 1000, 614_400, 999_950, 1.2e9].map(bytes), [
    '0 B',
    '999 B',
    '1.0 kB',
    '614 kB',
    '1.0 MB',
    '1.2 GB',
  ])
})

test('what belongs to a table that is listed is not listed', () => {
  assert.deepEqual(wholeObjects(['column a.id', 'table a', 'index b.i', 'column ab.id']), [
    'table a',
    'index b.i',
    'column ab.id',
  ])
})

test("a project's own work has a bar, a rate, the time left and a note, in bytes or rows", (t) => {
  let now = 0
  t.mock.method(performance, 'now', () => now)
  const linesOf = createEventLines(view(80), 'normal')
  const live = (event: Partial<Extract<RunEvent, { type: 'work.progress' }>>) =>
    linesOf({
      type: 'work.progress',
      phase: 'importing',
      done: 0,
      total: 2000,
      unit: 'rows',
      note: null,
      run: '',
      at: '',
      ...event,
    }).live
  assert.equal(live({}), `  importing ${'░'.repeat(20)} 0 %  0 of 2000 rows`)
  now = 2000
  assert.equal(
    live({ done: 500, note: 'users/7\x1b[31m' }),
    `  importing ${'█'.repeat(5)}${'░'.repeat(15)} 25 %  500 of 2000 rows  250 rows/s  6.0 s left  users/7`,
  )
  assert.equal(live({ phase: 'reading', unit: 'bytes', total: null }), '  reading')
  now = 4000
  assert.equal(
    live({ phase: 'reading', unit: 'bytes', total: null, done: 4_000_000 }),
    '  reading 4.0 MB  2.0 MB/s',
  )
})

test('the building of an index has a bar in blocks, and says what it waits for', () => {
  const linesOf = createEventLines(view(80), 'normal')
  const live = (event: Partial<Extract<RunEvent, { type: 'index.progress' }>>) =>
    linesOf({
      type: 'index.progress',
      index: 'i',
      table: 't',
      phase: 'building index: scanning table',
      done: 50,
      total: 200,
      unit: 'blocks',
      run: '',
      at: '',
      ...event,
    }).live
  assert.equal(
    live({}),
    `  index i on t: building index: scanning table ${'█'.repeat(5)}${'░'.repeat(15)} 25 %  50 of 200 blocks`,
  )
  const waiting = { phase: 'waiting for old snapshots', unit: 'sessions', done: 0 } as const
  assert.match(live({ ...waiting, total: 1 }) ?? '', /old snapshots ░+ 0 % {2}0 of 1 session$/)
  assert.equal(
    live({ phase: 'initializing', index: null, table: null, done: 0, total: null }),
    '  index: initializing',
  )
})
