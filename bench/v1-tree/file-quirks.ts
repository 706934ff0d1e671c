import { seeded } from '../random.ts'
import { addRows, element, pretty, type Rows, type V1File, type V1Link, whole } from './file.ts'
import { storeItem } from './files.ts'
import { ADDED_ORDER, type Plan } from './plan.ts'
import { activity, dispenser, workOrder } from './shapes.ts'
import type { V1User } from './user.ts'

/**
 * What is odd about a user, done to one that V1 wrote as it should and who has every file. `before`: how many users
 * before this one have the same.
 */
export type Quirk = (user: V1User, plan: Plan, before: number) => readonly V1User[]

/** Dates as real files hold them; not all are one. */
export const ODD_DATES: readonly unknown[] = [
  '05/07/2025',
  '5/7/2025',
  '2025-05-07',
  '2025-05-07T08:30:00',
  '2025-05-07T23:30:00.000Z',
  '2025-05-07T23:30:00-05:00',
  '02/30/2025',
  '13/01/2025',
  'anytime',
  '',
  null,
]

const replaced = (user: V1User, name: string, by: (file: V1File) => V1File | V1Link): V1User[] => [
  {
    ...user,
    files: user.files.map((file) => (file.kind === 'text' && file.name === name ? by(file) : file)),
  },
]

/** Adds elements to the list of a file; `rows` is what they come to besides what the list counts by itself. */
const added = (user: V1User, name: string, texts: readonly string[], rows: Rows = {}): V1User[] =>
  replaced(user, name, (file) => ({
    ...file,
    *items() {
      yield* file.items?.() ?? []
      yield* texts
    },
    rows: (written) => addRows(file.rows(written), rows),
  }))

const CONTENT = 'scraped_content.json'
const ACTIVITIES = 'activity_log.json'

const addedNumber = (user: V1User, at: number): number => ADDED_ORDER + user.number * 100 + at

type Order = ReturnType<typeof workOrder>

/** Adds a work order to the current file, changed. */
const withOrder = (change: (order: Order) => unknown, rows: Rows = {}): Quirk => {
  return (user) => added(user, CONTENT, [element(change(addedOrder(user)), 2)], rows)
}

const addedOrder = (user: V1User, at = 0): Order => {
  const number = addedNumber(user, at)
  return workOrder(number, seeded(number), 40)
}

/** The same work order again, changed. */
const again = (change: (order: Order) => Order): Quirk => {
  return (user) => {
    const order = addedOrder(user)
    const texts = [order, change(order)].map((one) => element(one, 2))
    return added(user, CONTENT, texts, { work_orders: -1 })
  }
}

const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels))

/** What real files hold that V1 should not have written. */
export const FILE_QUIRKS = {
  'byte order mark': (user) =>
    replaced(user, CONTENT, (file) => ({ ...file, before: `\ufeff${file.before}` })),
  CRLF: (user) =>
    replaced(user, ACTIVITIES, (file) => {
      const crlf = (text: string) => text.replaceAll('\n', '\r\n')
      return {
        ...file,
        before: crlf(file.before),
        *items() {
          for (const item of file.items?.() ?? []) yield crlf(item)
        },
        after: crlf(file.after),
      }
    }),
  'empty file': (user) => replaced(user, 'completed_jobs.json', ({ name }) => whole(name, '')),
  'cut file': (user) =>
    replaced(user, ACTIVITIES, (file) => ({
      ...file,
      *items() {
        yield* file.items?.() ?? []
        yield '\n  {\n    "timestamp": "2025-05-07T19:00:00.000Z",\n    "userI'
      },
      after: '',
      rows: () => ({}),
    })),
  'unknown shape': (user) => replaced(user, 'batch_history.json', ({ name }) => whole(name, '42')),
  'duplicate keys': (user) => {
    const text = element(addedOrder(user), 2)
    const twice = text.replace('"instructions":', '"instructions": "older", "instructions":')
    return added(user, CONTENT, [twice])
  },
  'numbers as strings': withOrder(({ customer, services, visits, ...order }) => ({
    ...order,
    customer: { ...customer, storeNumber: 1005 },
    services: services.map((service) => ({ ...service, code: 2861, quantity: '4' })),
    visits: { nextVisit: { ...visits.nextVisit, visitId: 128_000 } },
  })),
  'duplicate work order': again((order) => order),
  'duplicate work order that differs': again((order) => ({ ...order, instructions: 'Changed.' })),
  "another user's work order": (user, { workOrders }) => {
    const first = user.number === 0 ? workOrders - 1 : 0
    const order = workOrder(100_000 + first, seeded(first), 40)
    return added(user, CONTENT, [element(order, 2)])
  },
  'no id': withOrder(({ id: _, ...order }) => order, { work_orders: -1 }),
  'too long': withOrder(
    ({ customer, ...order }) => ({ ...order, customer: { ...customer, name: 'x'.repeat(300) } }),
    { work_orders: -1 },
  ),
  'odd dates': (user) => {
    const orders = ODD_DATES.map((date, at) => {
      const { visits, ...order } = addedOrder(user, at)
      return { ...order, visits: { nextVisit: { ...visits.nextVisit, date } } }
    })
    const { visits: _, ...none } = addedOrder(user, ODD_DATES.length)
    return added(
      user,
      CONTENT,
      [...orders, none].map((order) => element(order, 2)),
    )
  },
  NUL: withOrder((order) => ({ ...order, instructions: 'before\0after' })),
  'lone surrogate': withOrder((order) => ({ ...order, instructions: 'before\ud800after' })),
  'prototype keys': withOrder((order) => ({
    ...order,
    ...JSON.parse('{"constructor": {"prototype": {"polluted": true}}}'),
    customer: { ...order.customer, hostile: JSON.parse('{"__proto__": {"polluted": true}}') },
  })),
  'deep nesting': (user) => {
    const entry = activity(user.number, { id: user.folder ?? '', email: user.email }, seeded(1))
    return added(user, ACTIVITIES, [`\n  ${JSON.stringify({ ...entry, details: nested(100) })}`])
  },
  'too deep': (user) =>
    replaced(user, 'notification_settings.json', ({ name }) =>
      whole(name, `{"types": ${'['.repeat(5_000)}${']'.repeat(5_000)}}`),
    ),
  'dispensers of an unknown work order': (user) => {
    const order = addedNumber(user, 0)
    return added(user, 'dispenser_store.json', [storeItem(order, [dispenser(0, seeded(order))])])
  },
  'unlisted files': (user) => [
    {
      ...user,
      files: [
        ...user.files,
        whole('notes.bak', 'call the manager\n'),
        whole('cache/page 1.json', pretty({ cached: true })),
      ],
    },
  ],
  'linked file': (user) =>
    replaced(user, 'email_settings.json', ({ name }) => ({
      kind: 'link',
      name,
      target: '/etc/passwd',
    })),
} as const satisfies Record<string, Quirk>
