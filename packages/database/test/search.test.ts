import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import { databases } from '../../../test/support/databases.ts'
import { searchWorkOrders } from '../src/search.ts'
import { migrations, type Opened, open, run } from './support/database.ts'

const WAWA = { id: 'wawa', user_id: 'ann', site_name: 'Wawa #8204', address: '12 5th/Main St, Oak' }
const SHELL = {
  id: 'shell',
  user_id: 'ann',
  site_name: 'Shell — O’Brien’s Café',
  address: null,
  notes: 'Key at the Wawa next door. Pump-2 leaks; call j.doe@example.com',
  instructions: null,
}
const OAK = { id: 'oak', user_id: 'bob', site_name: 'Oak Fuel', instructions: 'Ring twice' }

async function opened(t: TestContext, kind: (typeof databases)[number]): Promise<Opened> {
  const database = await open(t, kind)
  await run(database, 'up', migrations.slice(0, 2))
  const users = ['ann', 'bob'].map((id) => ({ id, email: `${id}@example.com` }))
  await database.db.insertInto('users').values(users).execute()
  // what v003 finds there, and what comes after it
  await database.db.insertInto('work_orders').values(WAWA).execute()
  await run(database, 'up', migrations.slice(2, 3))
  await database.db.insertInto('work_orders').values(SHELL).execute()
  await database.db.insertInto('work_orders').values(OAK).execute()
  return database
}

async function ids(database: Opened, text: string, options = {}): Promise<string[]> {
  return (await searchWorkOrders(database, text, options)).map(({ id }) => id)
}

for (const kind of databases) {
  suite(`searching work orders on ${kind.name}`, { skip: kind.skip }, () => {
    test('all words must be there, the last one perhaps only begun', async (t) => {
      const database = await opened(t, kind)
      assert.deepEqual(await ids(database, 'wawa 8204'), ['wawa'])
      assert.deepEqual(await ids(database, 'oak wawa'), ['wawa'])
      assert.deepEqual(await ids(database, 'wawa 82'), ['wawa'])
      assert.deepEqual(await ids(database, '82 wawa'), [])
      assert.deepEqual(await ids(database, 'fuel fuel FU'), ['oak'])
      assert.deepEqual(await ids(database, 'nowhere'), [])
      assert.deepEqual(await ids(database, 'twice'), ['oak'])
    })

    test('the best comes first: site name, address, notes', async (t) => {
      const database = await opened(t, kind)
      assert.deepEqual(await ids(database, 'oak'), ['oak', 'wawa'])
      assert.deepEqual(await ids(database, 'wawa'), ['wawa', 'shell'])
      assert.deepEqual(await ids(database, 'wawa', { limit: 1 }), ['wawa'])
      assert.deepEqual(await ids(database, 'oak', { userId: 'ann' }), ['wawa'])
      assert.deepEqual(await searchWorkOrders(database, 'ring'), [
        { ...OAK, address: null, notes: null },
      ])
    })

    test('case, accents and punctuation do not count', async (t) => {
      const database = await opened(t, kind)
      for (const text of ['CAFE', 'café', 'cafe\u0301', "o'brien's", 'O BRIEN', 'shell-cafe']) {
        assert.deepEqual(await ids(database, text), ['shell'], text)
      }
      for (const text of ['leaks pump', '2 call', 'j.doe@example.com', 'doe', 'example']) {
        assert.deepEqual(await ids(database, text), ['shell'], text)
      }
      for (const text of ['5th', 'main', '#8204', '5th/main', 'st,']) {
        assert.deepEqual(await ids(database, text), ['wawa'], text)
      }
    })

    test('nothing in the text is an operator', async (t) => {
      const database = await opened(t, kind)
      for (const text of ['', ' ', '"', "'", '*', '-', ':*', '!', '\\', '\0', '🙂', '()&|<->']) {
        assert.deepEqual(await ids(database, text), [], text)
      }
      for (const text of ['wawa OR oak', 'NOT wawa', 'NEAR(wawa oak)', 'site_name:wawa', 'AND']) {
        assert.deepEqual(await ids(database, text), [], text)
      }
      const harmless = [
        '"wawa',
        "wawa'",
        '-wawa 8204',
        'wawa* 8204*',
        'wawa & !8204',
        '\\wawa 8204',
      ]
      for (const text of harmless) {
        assert.equal((await ids(database, text))[0], 'wawa', text)
      }
      const many = Array.from({ length: 3000 }, (_, i) => `word${i}`).join(' ')
      assert.deepEqual(await ids(database, many), [])
    })

    test('it follows inserts, updates, new ids and deletes', async (t) => {
      const database = await opened(t, kind)
      const { db } = database
      const oak = db.updateTable('work_orders').where('id', '=', 'oak')
      await oak.set({ site_name: 'Elm Fuel', notes: 'Gate' }).execute()
      assert.deepEqual(await ids(database, 'oak'), ['wawa'])
      assert.deepEqual(await ids(database, 'elm gate'), ['oak'])
      await oak.set({ status: 'done', notes: null }).execute()
      assert.deepEqual(await ids(database, 'gate'), [])
      await oak.set({ id: 'elm' }).execute()
      assert.deepEqual(await ids(database, 'elm'), ['elm'])
      await db
        .insertInto('work_orders')
        .values({ ...WAWA, site_name: 'Sheetz' })
        .onConflict((on) => on.column('id').doUpdateSet({ site_name: 'Sheetz' }))
        .execute()
      assert.deepEqual(await ids(database, 'wawa'), ['shell'])
      assert.deepEqual(await ids(database, 'sheetz'), ['wawa'])
      await db.deleteFrom('work_orders').where('id', '=', 'wawa').execute()
      assert.deepEqual(await ids(database, 'sheetz'), [])
      await db.insertInto('work_orders').values(WAWA).execute()
      assert.deepEqual(await ids(database, 'wawa'), ['wawa', 'shell'])
    })

    test('a text of any length is taken', async (t) => {
      const database = await opened(t, kind)
      const words = Array.from({ length: 300_000 }, (_, i) => i.toString(36)).join(' ')
      const long = { notes: `begins ${words}`, address: words, instructions: '字'.repeat(400_000) }
      await database.db.updateTable('work_orders').set(long).where('id', '=', 'oak').execute()
      assert.deepEqual(await ids(database, 'begins'), ['oak'])
    })
  })
}
