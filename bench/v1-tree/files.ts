import { type Random, seeded } from '../random.ts'
import { element, type V1File, whole } from './file.ts'
import { FIRST_ORDER, type Owner, type Plan, shareOf } from './plan.ts'
import { activity, dispenser, dispenserEntry, minutesOn, workOrder } from './shapes.ts'
import { smallFiles } from './small-files.ts'

/** All files of a user's folder. */
export function userFiles(plan: Plan, owner: Owner): V1File[] {
  const files = [
    scrapedContent(plan, owner),
    dispenserStore(plan, owner),
    activityLog(plan, owner),
    ...smallFiles(ordersOf(plan, owner)[0], owner),
  ]
  if (owner.complete || owner.number % 3 === 0) files.push(previousContent(plan, owner))
  return files
}

/** The user's work orders: the first one's number and the one after the last. */
function ordersOf(plan: Plan, { number }: Owner): [number, number] {
  const [first, end] = shareOf(number, plan.users, plan.workOrders)
  return [FIRST_ORDER + first, FIRST_ORDER + end]
}

/** A file's own numbers, so that its text depends on no other file. */
const randomOf = ({ seed }: Plan, { number }: Owner, file: number): Random =>
  seeded(Math.imul(seed, 0x9e3779b1) ^ Math.imul(number * 8 + file, 0x85ebca6b))

/** V2 keeps a copy of a file up to this size, in bytes. */
const COPIED = 8 * 1024 * 1024

/** Work orders past the even share, in the one file that has a size of its own. */
const FILLING_ORDER = 500_000_000

function scrapedContent(plan: Plan, owner: Owner): V1File {
  const [first, end] = ordersOf(plan, owner)
  const wanted = owner.number === 0 ? plan.oneFileBytes : 0
  return contentFile('scraped_content.json', owner, function* () {
    const random = randomOf(plan, owner, 0)
    const text = (order: number) => element(workOrder(order, random, plan.rawHtmlBytes), 2)
    let bytes = 0
    for (let order = first; order < end; order += 1) {
      const item = text(order)
      if (wanted) bytes += Buffer.byteLength(item)
      yield item
    }
    for (let order = FILLING_ORDER; bytes < wanted; order += 1) {
      const item = text(order)
      bytes += Buffer.byteLength(item)
      yield item
    }
  })
}

const IN_PREVIOUS = 5

function previousContent(plan: Plan, owner: Owner): V1File {
  const [first, end] = ordersOf(plan, owner)
  const file = contentFile('scraped_content.previous.json', owner, function* () {
    const random = randomOf(plan, owner, 1)
    for (let order = first; order < Math.min(end, first + IN_PREVIOUS); order += 1)
      yield element(workOrder(order, random, plan.rawHtmlBytes), 2)
  })
  return { ...file, rows: () => ({ user_scraped_content: 1 }) }
}

const contentFile = (name: string, owner: Owner, items: () => Iterable<string>): V1File => ({
  kind: 'text',
  name,
  before: '{\n  "workOrders": [',
  items,
  after: `\n  ],\n  "metadata": ${JSON.stringify({ timestamp: minutesOn(owner.number), user: owner.id })}\n}`,
  rows: ({ items, bytes }) => ({
    work_orders: items,
    user_scraped_content: bytes <= COPIED ? 1 : 0,
  }),
})

function dispenserStore(plan: Plan, owner: Owner): V1File {
  const [first, end] = ordersOf(plan, owner)
  const dispensersOf = (order: number) =>
    shareOf(order - FIRST_ORDER, plan.workOrders, plan.dispensers)
  const dispensers = end > first ? dispensersOf(end - 1)[1] - dispensersOf(first)[0] : 0
  const metadata = { lastUpdated: minutesOn(owner.number), totalStores: end - first }
  return {
    kind: 'text',
    name: 'dispenser_store.json',
    before: '{\n  "dispenserData": {',
    *items() {
      const random = randomOf(plan, owner, 2)
      for (let order = first; order < end; order += 1) {
        const [from, to] = dispensersOf(order)
        const some = Array.from({ length: to - from }, (_, at) => dispenser(from + at, random))
        if (some.length) yield storeItem(order, some)
      }
    },
    after: `\n  },\n  "metadata": ${JSON.stringify(metadata)}\n}`,
    rows: ({ items }) => ({ user_dispenser_data: items, dispensers }),
  }
}

/** An entry of `dispenserData`. */
export const storeItem = (order: number, dispensers: readonly unknown[]): string =>
  `\n    "W-${order}": ${element(dispenserEntry(order, dispensers), 2).trimStart()}`

function activityLog(plan: Plan, owner: Owner): V1File {
  const [first, end] = shareOf(owner.number, plan.users, plan.activities)
  const inObject = owner.number % 4 === 3
  return {
    kind: 'text',
    name: 'activity_log.json',
    before: inObject ? '{\n  "activities": [' : '[',
    *items() {
      const random = randomOf(plan, owner, 3)
      for (let at = first; at < end; at += 1) yield element(activity(at, owner, random), 1)
    },
    after: inObject ? '\n  ]\n}' : '\n]',
    rows: ({ items }) => ({ user_activities: items }),
  }
}

/** The demo user's folder: one row of `tutorial_data` a file. */
export const tutorialFiles = (): V1File[] =>
  [
    whole(
      'scraped_content.json',
      JSON.stringify({ jobs: [{ id: 'TUTORIAL-001' }], isTutorial: true }),
    ),
    whole(
      'dispenser_store.json',
      JSON.stringify({ dispensers: [{ id: 'TUT-01-D1', dispenserNumber: '1' }] }),
    ),
    whole('completed_jobs.json', JSON.stringify({ jobs: [{ id: 'TUTORIAL-HIST-001' }] })),
    whole('schedule_changes.txt', 'Tutorial schedule changes\n'),
  ].map((file) => ({ ...file, rows: () => ({ tutorial_data: 1 }) }))
