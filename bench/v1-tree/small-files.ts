import { element, pretty, type V1File, whole } from './file.ts'
import type { Owner } from './plan.ts'
import { minutesOn, prover, SECRET_MARK, scheduleChange } from './shapes.ts'

/** The files of a user that stay small; `order` is the number of one of the user's work orders. */
export function smallFiles(order: number, owner: Owner): V1File[] {
  const { number, email } = owner
  const secret = (of: string): string => `${SECRET_MARK}-${of}-${number}`
  const name = number % 2 ? 'username' : 'email'
  const always = [
    whole('work_fossa_credentials.json', pretty({ [name]: email, password: secret('fossa') }), {
      user_credentials: 1,
    }),
  ]
  const optional = [
    preferences('email_settings.json', {
      enabled: true,
      email,
      frequency: 'daily',
      deliveryTime: '18:00',
      ...(number % 2 && {
        smtp: { host: 'mail.example.com', user: email, password: secret('smtp') },
      }),
    }),
    preferences('pushover_settings.json', {
      enabled: true,
      appToken: secret('app'),
      userKey: secret('user'),
    }),
    preferences('notification_settings.json', { enabled: true, types: ['removed', 'added'] }),
    preferences('work_week_preference.json', { startDay: 1, endDay: 5 }),
    proverPreferences(number),
    completedJobs(order, number),
    batchHistory(order, number),
    changeHistory(order, number),
    whole(
      'schedule_changes.txt',
      `Schedule Changes Report\nJobs Removed: 1\n\nCritical Changes:\n- Visit #W-${order} (Store #990, 4 dispensers) was removed from 05/12/2025\n`,
      { user_schedule_changes: 1 },
    ),
    whole('last_notification.json', pretty({ timestamp: minutesOn(number) })),
    whole('metadata.json', pretty({ metadata: { timestamp: minutesOn(number), user: owner.id } })),
  ]
  return [...always, ...optional.filter((_, at) => owner.complete || (number * 7 + at) % 5 !== 0)]
}

const preferences = (name: string, settings: object): V1File =>
  whole(name, pretty(settings), { user_preferences: 1 })

/** In each of the shapes. */
function proverPreferences(number: number): V1File {
  const [snake, camel] = [prover(number, 'snake'), prover(number + 50_000, 'camel')]
  const shapes = [
    { provers: [snake, camel], workWeekPreference: { startDay: 1, endDay: 5 } },
    { preferences: { provers: [camel, snake] } },
    [snake, camel],
    camel,
  ]
  const form = number % shapes.length
  return whole('prover_preferences.json', pretty(shapes[form]), {
    user_preferences: 1,
    prover_settings: form === 3 ? 1 : 2,
  })
}

/** A file whose list has a few elements, in one of its shapes. */
const listFile = (
  name: string,
  [before, after]: readonly [string, string],
  items: unknown[],
  rows: V1File['rows'],
): V1File => ({
  kind: 'text',
  name,
  before,
  items: () => items.map((item) => element(item, 2)),
  after,
  rows,
})

const bare = ['[', '\n]'] as const
const under = (key: string) => [`{\n  "${key}": [`, '\n  ]\n}'] as const

function completedJobs(order: number, number: number): V1File {
  const ids = [`W-${order}`, `W-${order + 1_000_000}`, `W-${order + 2_000_000}`]
  const job = (key: string) =>
    ids.map((id, at) => ({ [key]: id, completionDate: `03/0${at + 1}/2025`, technician: 'Dana' }))
  const [brackets, items] = [
    [under('completedJobs'), ids] as const,
    [under('completedJobs'), job('jobId')] as const,
    [under('jobs'), job('id')] as const,
    [bare, job('workOrderId')] as const,
  ][number % 4] as readonly [readonly [string, string], unknown[]]
  return listFile('completed_jobs.json', brackets, items, ({ items }) => ({
    user_completed_jobs: items,
  }))
}

function batchHistory(order: number, number: number): V1File {
  const batches = [0, 1].map((at) => ({
    id: `BATCH-${number}-${at}`,
    timestamp: minutesOn(order + at),
    status: at ? 'failed' : 'completed',
    workOrders: [`W-${order}`],
    results: { forms: at },
  }))
  const brackets = number % 2 ? bare : under('batches')
  return listFile('batch_history.json', brackets, batches, ({ items }) => ({
    user_batch_history: items,
  }))
}

function changeHistory(order: number, number: number): V1File {
  const flat = number % 2 === 1
  const entries = [0, 1].map((at) =>
    flat
      ? { id: `CHANGE-${number}-${at}`, timestamp: minutesOn(order + at), type: 'schedule_change' }
      : {
          timestamp: minutesOn(order + at),
          changes: { allChanges: [scheduleChange(order + at)], summary: { removed: 1, added: 0 } },
        },
  )
  return listFile('change_history.json', flat ? under('changes') : bare, entries, ({ items }) => ({
    user_change_history: items,
    user_schedule_changes: flat ? 0 : items,
  }))
}
