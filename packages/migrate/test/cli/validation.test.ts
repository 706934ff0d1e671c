import assert from 'node:assert/strict'
import { test } from 'node:test'
import { renderValidation } from '../../src/cli/render/validation.ts'
import { createPaint, type View } from '../../src/cli/render/view.ts'
import type { CheckResult } from '../../src/validate/run-checks.ts'

const view: View = { paint: createPaint(false), width: 120, hint: (text) => text }

const check = (about: Partial<CheckResult>): CheckResult => ({
  category: 'data',
  name: 'dates',
  outcome: 'passed',
  checked: 7,
  errors: 0,
  warnings: 0,
  skipped: null,
  note: null,
  durationMs: 3,
  ...about,
})

test('a check says how much it looked at or found, and what else is to be known of it', () => {
  const note = 'A sample: about 100 rows a table.'
  const checks = [
    check({}),
    check({ note }),
    check({ outcome: 'failed', errors: 2, warnings: 1, note }),
    check({ outcome: 'skipped', skipped: 'Nothing of the kind is expected here.' }),
  ]
  const shown = renderValidation(
    { ok: false, categories: ['data'], checks, findings: [], durationMs: 12 },
    view,
  )
  const said = shown.split('\n').slice(0, 4)
  assert.deepEqual(
    said.map((line) => line.split(/ {2,}/)[4]),
    [
      '7 looked at',
      `7 looked at. ${note}`,
      `2 failures, 1 warning. ${note}`,
      'skipped: Nothing of the kind is expected here.',
    ],
  )
})
