import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  kind,
  mapFile,
  notesOf,
  placesOf,
  rowOf,
  USER,
  userWith,
  valuesOf,
  wholeOf,
} from './support.ts'

const AT = '2025-05-07T19:00:00.000Z'

test('an activity keeps what has no column under v1, and a time that is none', () => {
  const [plain, odd, missing] = mapFile('activity_log.json', [
    { timestamp: AT, userId: USER, username: 'robin', activity: 'login', details: { ip: 1 } },
    {
      timestamp: 'noon',
      userId: 'main',
      activityType: 'scrape',
      details: 'text',
      device: 'tablet',
    },
    { timestamp: AT },
  ])
  assert.deepEqual(rowOf(plain), {
    table: 'user_activities',
    userId: USER,
    identity: null,
    values: {
      user_id: USER,
      username: 'robin',
      activity_type: 'login',
      details: { ip: 1 },
      created_at: new Date(AT),
    },
  })
  assert.deepEqual(valuesOf(odd).details, {
    v1: { device: 'tablet', timestamp: 'noon', userId: 'main', details: 'text' },
  })
  assert.deepEqual([valuesOf(odd).username, valuesOf(odd).created_at], ['robin@example.com', null])
  assert.deepEqual(notesOf(odd), ['DATE_UNREADABLE /1/timestamp'])
  assert.equal(valuesOf(missing).activity_type, null)
})

test('completed jobs are bare ids or objects, in every list that V1 wrote', () => {
  const done = { jobId: 'W-1', completionDate: '03/28/2025', removalReason: 'done', by: 'Robin' }
  const [job, named] = mapFile('completed_jobs.json', [done, { id: 'JOB-7', workOrderId: 'W-7' }])
  assert.deepEqual(valuesOf(job), {
    user_id: USER,
    job_id: 'W-1',
    work_order_id: 'W-1',
    completion_date: new Date('2025-03-28'),
    job_data: done,
    removal_reason: 'done',
  })
  assert.deepEqual([valuesOf(named).job_id, valuesOf(named).work_order_id], ['JOB-7', 'W-7'])
  const bare = mapFile('completed_jobs.json', { completedJobs: ['W-1', 7, null, ' ', {}] })
  assert.deepEqual(placesOf(bare), [
    '/completedJobs/0 user_completed_jobs',
    '/completedJobs/1 user_completed_jobs',
    '/completedJobs/2 SHAPE_UNKNOWN',
    '/completedJobs/3 ID_MISSING',
    '/completedJobs/4 ID_MISSING',
  ])
  assert.equal(rowOf(bare[0]).identity, 'W-1')
  assert.deepEqual(placesOf(mapFile('completed_jobs.json', { jobs: [{ id: 1 }] })), [
    '/jobs/0 user_completed_jobs',
  ])
})

test('a batch goes by its id or by when it began, and keeps what has no column', () => {
  const [full, timed, lost] = mapFile('batch_history.json', {
    batches: [
      {
        id: 'b-1',
        type: 'forms',
        workOrders: ['W-1'],
        startedAt: AT,
        completedAt: 'soon',
        status: 'ok',
      },
      { timestamp: AT, results: { done: 2 }, description: 'Evening' },
      { status: 'failed' },
    ],
  })
  assert.deepEqual(valuesOf(full), {
    user_id: USER,
    batch_id: 'b-1',
    batch_type: 'forms',
    work_orders: ['W-1'],
    results: { v1: { completedAt: 'soon' } },
    started_at: new Date(AT),
    completed_at: null,
    status: 'ok',
  })
  assert.equal(rowOf(timed).identity, AT, 'the same one when it has gone on')
  const { batch_id, batch_type, results } = valuesOf(timed)
  assert.deepEqual([batch_id, batch_type], [AT, 'batch'])
  assert.deepEqual(results, { done: 2, v1: { description: 'Evening' } })
  assert.deepEqual(placesOf(lost ? [lost] : []), ['/batches/2 ID_MISSING'])
})

test('an entry of the change history is a row, and each of its changes another', () => {
  const change = { type: 'removed', jobId: 'W-1', date: '05/12/2025' }
  const value = { timestamp: AT, changes: { allChanges: [change, 'x'], summary: {} } }
  const mappings = mapFile('change_history.json', [value, { changes: { allChanges: {} } }])
  assert.deepEqual(placesOf(mappings), [
    '/0 user_change_history',
    '/0/changes/allChanges/0 user_schedule_changes',
    '/0/changes/allChanges/1 SHAPE_UNKNOWN',
    '/1 ID_MISSING',
    '/1/changes/allChanges SHAPE_UNKNOWN',
  ])
  const { change_id, entity_type, after_data, created_at } = valuesOf(mappings[0])
  assert.deepEqual([change_id, entity_type, created_at], [AT, 'schedule', new Date(AT)])
  assert.deepEqual(after_data, value)
  assert.equal(rowOf(mappings[0]).identity, AT)
  assert.deepEqual(valuesOf(mappings[1]), {
    user_id: USER,
    change_type: 'removed',
    change_data: change,
    change_text: null,
    detected_at: new Date(AT),
  })
  const older = mapFile('change_history.json', {
    changes: [{ id: 'c-1', type: 'visit', storeId: 3 }],
  })
  assert.deepEqual(
    [rowOf(older[0]).identity, valuesOf(older[0]).entity_type, valuesOf(older[0]).entity_id],
    ['c-1', 'visit', '3'],
  )
})

test('the text report is kept whole', () => {
  const name = 'schedule_changes.txt'
  const content = wholeOf(`users/x/${name}`, undefined, 'Removed: 1\r\n')
  const [report] = kind(name).whole?.(content, userWith()) ?? []
  assert.equal(rowOf(report).identity, name, 'whatever the folder is called')
  assert.equal(report?.record.value, 'Removed: 1\r\n')
  assert.equal(valuesOf(report).change_type, 'report')
  assert.equal(valuesOf(report).change_text, 'Removed: 1\r\n')
})
