import fc from 'fast-check'
import { seeded } from '../../../../../bench/random.ts'
import { ODD_DATES } from '../../../../../bench/v1-tree/file-quirks.ts'
import {
  activity,
  dispenser,
  dispenserEntry,
  prover,
  scheduleChange,
  workOrder,
} from '../../../../../bench/v1-tree/shapes.ts'

const AT_MOST = 6

/** Values where V1 should have something else. */
export const junk: fc.Arbitrary<unknown> = fc.constantFrom<unknown>(null, '', 7, '7', true, [], {})

/** Text as people and broken programs write it. */
const text = fc.oneof(
  {
    arbitrary: fc.constantFrom('Call the manager.', 'line one\r\nline two', ' Prüfen – 日本 '),
    weight: 4,
  },
  { arbitrary: fc.string({ unit: 'binary', maxLength: 8 }), weight: 1 },
  { arbitrary: fc.constantFrom('a\0b', 'a\ud800b', '\udfff', '😀', 'x'.repeat(300)), weight: 1 },
)

type FromText = (json: string) => string

/** What becomes of a file's text on its way to the disk. */
const onDisk: fc.Arbitrary<FromText> = fc.oneof(
  { arbitrary: fc.constant<FromText>((json) => json), weight: 12 },
  { arbitrary: fc.constant<FromText>((json) => `\ufeff${json}`), weight: 1 },
  { arbitrary: fc.constant<FromText>((json) => json.replaceAll('\n', '\r\n')), weight: 1 },
  { arbitrary: fc.constant<FromText>(() => ''), weight: 1 },
  {
    arbitrary: fc.nat({ max: 99 }).map(
      (percent): FromText =>
        (json) =>
          json.slice(0, Math.floor((json.length * percent) / 100)),
    ),
    weight: 1,
  },
  {
    // the first key of the text a second time
    arbitrary: fc.constant<FromText>((json) => json.replace(/("\w+": )(?=["\d])/, '$1"older", $1')),
    weight: 1,
  },
)

/** The text of a JSON file that holds such a value, mostly as V1 writes it. */
export const fileText = (value: fc.Arbitrary<unknown>): fc.Arbitrary<string> =>
  fc.tuple(value, onDisk).map(([held, change]) => change(JSON.stringify(held, null, 2)))

/** The object with some of its members replaced; `odd` gives by what. */
const varied = (
  usual: fc.Arbitrary<object>,
  odd: Readonly<Record<string, fc.Arbitrary<unknown>>>,
): fc.Arbitrary<object> =>
  fc
    .tuple(
      usual,
      fc.oneof(
        { arbitrary: fc.constant({}), weight: 2 },
        { arbitrary: fc.record(odd, { requiredKeys: [] }), weight: 1 },
      ),
    )
    .map(([object, changes]) => ({ ...object, ...changes }))

const list = (item: fc.Arbitrary<unknown>): fc.Arbitrary<unknown[]> =>
  fc.array(fc.oneof({ arbitrary: item, weight: 12 }, { arbitrary: junk, weight: 1 }), {
    maxLength: AT_MOST,
  })

/** The list as it stands in one of the files' shapes: bare, or under a key. */
const inShapes = (items: fc.Arbitrary<unknown>, ...keys: string[]): fc.Arbitrary<unknown> =>
  fc
    .tuple(items, fc.constantFrom('', ...keys))
    .map(([held, key]) => (key === '' ? held : { [key]: held, metadata: { jobCount: 3 } }))

/** Few numbers, so that work orders meet again in one file and in others. */
const number = fc.nat({ max: 8 })
const orderId = number.map((at) => `W-${at}`)
const date = fc.constantFrom(...ODD_DATES)

const order = varied(
  number.map((at) => workOrder(at, seeded(at), 30)),
  {
    id: fc.oneof(orderId, junk),
    customer: fc.oneof(junk, fc.record({ name: text, storeNumber: fc.constantFrom(5, '#5') })),
    services: fc.oneof(junk, fc.constant([{ type: 'x'.repeat(101), code: 2861, quantity: '4' }])),
    visits: fc.oneof(junk, fc.record({ nextVisit: fc.record({ date, visitId: fc.nat() }) })),
    instructions: text,
    extra: fc.jsonValue({ maxDepth: 2 }),
  },
)

const oneDispenser = varied(
  number.map((at) => dispenser(at, seeded(at))),
  { serial: text, fields: junk, dispenserNumber: fc.constantFrom<unknown>(3, 'x'.repeat(21)) },
)

const dispenserData = fc
  .array(fc.tuple(number, fc.array(oneDispenser, { maxLength: 3 })), { maxLength: AT_MOST })
  .map((entries) =>
    Object.fromEntries(entries.map(([at, some]) => [`W-${at}`, dispenserEntry(at, some)])),
  )

const oneProver = varied(
  fc
    .tuple(fc.nat({ max: 3 }), fc.constantFrom('snake' as const, 'camel' as const))
    .map(([at, spelling]) => prover(at, spelling)),
  { priority: fc.constantFrom<unknown>('1', 'high', 1.5, null), serial: text },
)

const completed = fc.oneof(
  orderId,
  fc.tuple(fc.constantFrom('jobId', 'id', 'workOrderId'), orderId, date).map(([key, id, on]) => ({
    [key]: id,
    completionDate: on,
  })),
)

const batch = fc.record(
  { id: text, timestamp: date, status: text, workOrders: fc.array(orderId, { maxLength: 3 }) },
  { requiredKeys: ['timestamp'] },
)

const change = fc.oneof(
  fc.record(
    { id: text, timestamp: date, type: text, jobId: orderId },
    { requiredKeys: ['timestamp'] },
  ),
  fc
    .tuple(date, list(number.map(scheduleChange)))
    .map(([timestamp, allChanges]) => ({ timestamp, changes: { allChanges, summary: {} } })),
)

const secrets = fc.record(
  {
    enabled: fc.boolean(),
    appToken: fc.constant('Zq7xSecret-app'),
    smtp: fc.constant({ host: 'mail.example.com', password: 'Zq7xSecret-smtp' }),
    note: text,
  },
  { requiredKeys: [] },
)

/** Files of a user's folder, by name, any of them missing. */
export function userFile(
  user: number,
  owner: { readonly id: string; readonly email: string },
): fc.Arbitrary<Record<string, string>> {
  const entry = varied(
    number.map((at) => activity(at, owner, seeded(at))),
    { timestamp: date, username: fc.oneof(text, junk), details: fc.jsonValue({ maxDepth: 2 }) },
  )
  const credentials = varied(
    fc.constant({ [user % 2 ? 'email' : 'username']: owner.email, password: `Zq7xSecret-${user}` }),
    { password: fc.constantFrom<unknown>('', 7, null) },
  )
  return fc.record(
    {
      'scraped_content.json': fileText(inShapes(list(order), 'workOrders', 'jobs')),
      'scraped_content.previous.json': fileText(inShapes(list(order), 'workOrders')),
      'dispenser_store.json': fileText(inShapes(dispenserData, 'dispenserData')),
      'activity_log.json': fileText(inShapes(list(entry), 'activities')),
      'completed_jobs.json': fileText(inShapes(list(completed), 'completedJobs', 'jobs')),
      'batch_history.json': fileText(inShapes(list(batch), 'batches')),
      'change_history.json': fileText(inShapes(list(change), 'changes')),
      'prover_preferences.json': fileText(
        fc.oneof(oneProver, inShapes(list(oneProver), 'provers')),
      ),
      'work_fossa_credentials.json': fileText(credentials),
      'email_settings.json': fileText(fc.oneof(secrets, junk)),
      'pushover_settings.json': fileText(secrets),
      'schedule_changes.txt': text,
      'notes.bak': fc.constant('call the manager\n'),
    },
    { requiredKeys: [] },
  )
}
