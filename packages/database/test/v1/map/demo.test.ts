import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { test } from 'node:test'
import { decodeText } from '../../../src/v1/directory/decode-text.ts'
import { parseJson } from '../../../src/v1/directory/parse-json.ts'
import { fit } from '../../../src/v1/map/fit.ts'
import { kindOf } from '../../../src/v1/map/kinds.ts'
import { mapSettings } from '../../../src/v1/map/settings.ts'
import { shapeOf } from '../../../src/v1/map/shape.ts'
import { mapTutorialFile } from '../../../src/v1/map/tutorial.ts'
import { mapUsers } from '../../../src/v1/map/users.ts'
import type { Mapping } from '../../../src/v1/record.ts'
import { fateOf, wholeOf } from './support.ts'

const DEMO = new URL('../../../demo/v1-data/', import.meta.url)

interface Read {
  readonly text: string
  readonly value: unknown
  readonly fault: string | null
}

function read(file: string): Read {
  const bytes = readFileSync(new URL(file, DEMO))
  const decoded = decodeText(bytes)
  assert.ok('text' in decoded)
  const { text } = decoded
  if (!file.endsWith('.json')) return { text, value: undefined, fault: null }
  const parsed = parseJson(text)
  if ('quarantine' in parsed) return { text, value: undefined, fault: parsed.quarantine.code }
  return { text, value: parsed.value, fault: null }
}

const tally = (words: readonly string[]) =>
  Object.fromEntries(
    [...Map.groupBy(words, (word) => word)].map(([word, all]) => [word, all.length]).sort(),
  )

function mapDemo() {
  const plan = mapUsers('users/users.json', read('users/users.json').value)
  const settings = mapSettings('settings.json', read('settings.json').value, (id) =>
    plan.owners.get(id),
  )
  const mappings: Mapping[] = [...plan.mappings, ...settings]
  const others: string[] = []
  const orders = new Set<string>()
  const files = readdirSync(new URL('users/', DEMO), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.includes('/'))
    .map((file) => ({ file: `users/${file}`, kind: kindOf(basename(file)) }))
    .sort((a, b) => (a.kind?.order ?? 0) - (b.kind?.order ?? 0))
  for (const { file, kind } of files) {
    const folder = basename(dirname(file))
    const { text, value, fault } = read(file)
    const whole = wholeOf(file, value, text)
    const userId = plan.owners.get(folder)
    if (fault) others.push(fault)
    else if (plan.tutorials.has(folder)) mappings.push(...mapTutorialFile(whole))
    else if (!kind) others.push(`archive ${basename(file)}`)
    else {
      assert.ok(userId, folder)
      const hasWorkOrder = (id: string) => orders.has(`${userId} ${id}`)
      const user = { userId, email: null, hasWorkOrder }
      mappings.push(...(kind.whole?.(whole, user) ?? []))
      const { items, unknown } = shapeOf(kind, kind.lists.length > 0 ? value : [])
      others.push(...unknown.map(() => 'unknown'))
      for (const item of items) {
        const of = kind.item?.({ file, ...item }, user) ?? []
        mappings.push(...of)
        for (const one of of) if ('row' in one) orders.add(`${userId} ${one.row.identity}`)
      }
    }
  }
  return { mappings: mappings.map(fit), others }
}

test('the sample directory has every shape, and what goes wrong in real ones', () => {
  const { mappings, others } = mapDemo()
  assert.deepEqual(tally(mappings.map(fateOf)), {
    ID_MISSING: 1,
    dispensers: 4,
    global_settings: 3,
    prover_settings: 4,
    tutorial_data: 4,
    user_activities: 4,
    user_batch_history: 2,
    user_change_history: 2,
    user_completed_jobs: 4,
    user_credentials: 2,
    user_dispenser_data: 3,
    user_preferences: 7,
    user_schedule_changes: 3,
    user_scraped_content: 5,
    user_sessions: 1,
    users: 4,
    work_orders: 10,
  })
  assert.deepEqual(tally(mappings.flatMap(({ notes }) => notes.map(({ code }) => code))), {
    DATE_UNREADABLE: 2,
    NO_WORK_ORDER: 1,
    SETTINGS_UNREADABLE: 1,
    SITE_UNNAMED: 1,
    TEXT_CLEANED: 2,
    USERS_MERGED: 1,
    USER_ID_REPLACED: 2,
  })
  assert.deepEqual(tally(others), {
    FILE_CUT: 1,
    FILE_EMPTY: 1,
    'archive last_notification.json': 1,
  })
  const orders = mappings.flatMap((one) =>
    'row' in one && fateOf(one) === 'work_orders' ? [one.row] : [],
  )
  const ids = new Set(orders.map(({ values }) => values.id))
  assert.equal(ids.size, 8, 'one order stands twice in a file, another in two folders of a user')
})

test('an activity log with a BOM and CRLF is there as V1 wrote it', () => {
  const folder = createHash('md5').update('robin.hale@example.com').digest('hex')
  const bytes = readFileSync(new URL(`users/${folder}/activity_log.json`, DEMO))
  assert.deepEqual([...bytes.subarray(0, 5)], [0xef, 0xbb, 0xbf, 0x5b, 0x0d])
})
