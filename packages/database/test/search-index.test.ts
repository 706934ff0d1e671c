import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { CompiledQuery, sql } from 'kysely'
import { type DatabaseKind, databases, tempFolder } from '../../../test/support/databases.ts'
import { searchWorkOrders } from '../src/search.ts'
import { connect, migrations, type Opened, open, run } from './support/database.ts'

async function opened(t: TestContext, kind: DatabaseKind): Promise<Opened> {
  const database = await open(t, kind)
  await run(database, 'up', migrations.slice(0, 3))
  await database.db.insertInto('users').values({ id: 'u', email: 'u@example.com' }).execute()
  return database
}

const rows = async (database: Opened, statement: string): Promise<any[]> =>
  (await sql.raw(statement).execute(database.db)).rows

const plan = async (database: Opened, statement: string): Promise<string[]> =>
  (await rows(database, `EXPLAIN QUERY PLAN ${statement}`)).map(({ detail }) => detail)

/** The index holds each work order's words and nothing else, and is sound inside. */
async function assertInStep(database: Opened, expected: Map<string, string>): Promise<void> {
  const live = await rows(database, 'SELECT id, site_name FROM work_orders ORDER BY id')
  assert.deepEqual(
    live,
    [...expected].sort().map(([id, site_name]) => ({ id, site_name })),
  )
  const indexed = await rows(
    database,
    `SELECT work_order_id AS id, site_name FROM work_orders_fts
       JOIN work_orders_fts_map AS map ON map.id = work_orders_fts.rowid ORDER BY 1`,
  )
  assert.deepEqual(indexed, live)
  const [count] = await rows(database, 'SELECT count(*) AS n FROM work_orders_fts')
  assert.equal(count.n, live.length)
  await rows(database, `INSERT INTO work_orders_fts (work_orders_fts) VALUES ('integrity-check')`)
  for (const [id, name] of expected) {
    const found = await searchWorkOrders(database, name)
    assert.ok(
      found.some((match) => match.id === id),
      name,
    )
  }
}

const id = fc.constantFrom('a', 'b', 'c', 'd')
const name = fc.constantFrom('Wawa', 'Shell', 'Oak Fuel', 'Sheetz')
const step = fc.oneof(
  ...['INSERT OR REPLACE', 'INSERT OR IGNORE', 'REPLACE', 'UPSERT'].map((verb) =>
    fc.record({ verb: fc.constant(verb), id, name }),
  ),
  fc.record({ verb: fc.constant('UPDATE'), id, name }),
  fc.record({ verb: fc.constant('RENAME'), id, to: id }),
  fc.record({ verb: fc.constant('DELETE'), id }),
  fc.record({ verb: fc.constant('VACUUM') }),
)

interface Step {
  readonly verb: string
  readonly id?: string
  readonly to?: string
  readonly name?: string
}

/** Does the step, to the database and to a map that says what should be there. */
async function perform(database: Opened, model: Map<string, string>, step: Step): Promise<void> {
  const { verb, id = '', to = '', name = '' } = step
  const values = `INTO work_orders (id, user_id, site_name) VALUES ('${id}', 'u', '${name}')`
  if (verb === 'VACUUM') await rows(database, 'VACUUM')
  else if (verb === 'DELETE') {
    await rows(database, `DELETE FROM work_orders WHERE id = '${id}'`)
    model.delete(id)
  } else if (verb === 'UPDATE') {
    await rows(database, `UPDATE work_orders SET site_name = '${name}' WHERE id = '${id}'`)
    if (model.has(id)) model.set(id, name)
  } else if (verb === 'RENAME') {
    await rows(database, `UPDATE OR REPLACE work_orders SET id = '${to}' WHERE id = '${id}'`)
    const moved = model.get(id)
    if (moved === undefined) return
    model.delete(id)
    model.set(to, moved)
  } else if (verb === 'UPSERT') {
    await rows(
      database,
      `INSERT ${values} ON CONFLICT (id) DO UPDATE SET site_name = excluded.site_name`,
    )
    model.set(id, name)
  } else {
    await rows(database, `${verb} ${values}`)
    if (verb !== 'INSERT OR IGNORE' || !model.has(id)) model.set(id, name)
  }
}

for (const kind of databases.filter(({ dialect }) => dialect === 'sqlite')) {
  suite(`the search index on ${kind.name}`, { skip: kind.skip }, () => {
    test('it stays in step through any writes and VACUUM', async (t) => {
      const database = await opened(t, kind)
      const settings = fc.record({ recursive: fc.boolean(), foreignKeys: fc.boolean() })
      const property = fc.asyncProperty(
        settings,
        fc.array(step, { minLength: 1, maxLength: 12 }),
        async ({ recursive, foreignKeys }, steps) => {
          await rows(database, `PRAGMA recursive_triggers = ${recursive}`)
          await rows(database, `PRAGMA foreign_keys = ${foreignKeys}`)
          await rows(database, 'DELETE FROM work_orders')
          const model = new Map<string, string>()
          for (const step of steps) await perform(database, model, step)
          await assertInStep(database, model)
        },
      )
      await fc.assert(property, { numRuns: 40 })
    })

    test('new rowids, as VACUUM or a dump may give, change nothing', async (t) => {
      const database = await opened(t, kind)
      const model = new Map<string, string>()
      for (const id of ['a', 'b', 'c']) {
        await perform(database, model, { verb: 'REPLACE', id, name: `Site${id}` })
      }
      await rows(database, 'UPDATE work_orders SET rowid = 10 - rowid')
      await assertInStep(database, model)
      await perform(database, model, { verb: 'UPDATE', id: 'b', name: 'Elsewhere' })
      await perform(database, model, { verb: 'DELETE', id: 'a' })
      await assertInStep(database, model)
    })

    test('a copy of the database has the same index', async (t) => {
      const database = await opened(t, kind)
      const model = new Map<string, string>()
      for (const id of ['a', 'b', 'c']) {
        await perform(database, model, { verb: 'REPLACE', id, name: `Site${id}` })
      }
      await perform(database, model, { verb: 'DELETE', id: 'b' })
      const copy = `${await tempFolder(t)}/copy.db`
      await rows(database, `VACUUM INTO '${copy}'`)
      const restored = connect('sqlite', `sqlite:///${copy}`)
      t.after(() => restored.db.destroy())
      await perform(restored, model, { verb: 'UPDATE', id: 'c', name: 'Elsewhere' })
      await assertInStep(restored, model)
    })

    test('no trigger scans a table', async (t) => {
      const database = await opened(t, kind)
      const triggers = await rows(database, `SELECT sql FROM sqlite_master WHERE type = 'trigger'`)
      assert.equal(triggers.length, 3)
      for (const { sql: trigger } of triggers) {
        const body = trigger.slice(trigger.indexOf('BEGIN') + 5, trigger.lastIndexOf('END'))
        const statements = body.split(';').filter((part: string) => part.trim() !== '')
        assert.ok(statements.length >= 2)
        for (const statement of statements) {
          const details = await plan(database, statement.replace(/\b(old|new)\.\w+/g, "'x'"))
          // an FTS5 table asked for one row number says SCAN … =
          const scans = details.filter((line) => /^SCAN (?!.* VIRTUAL TABLE INDEX 0:=$)/.test(line))
          assert.deepEqual(scans, [], statement)
        }
      }
    })

    test('an update of other columns does not touch the index', async (t) => {
      const database = await opened(t, kind)
      await perform(database, new Map(), { verb: 'REPLACE', id: 'a', name: 'Wawa' })
      const number = () => rows(database, 'SELECT id, work_order_id FROM work_orders_fts_map')
      const changes = async () => (await rows(database, 'SELECT total_changes() AS n'))[0].n
      const before = { number: await number(), changes: await changes() }
      await rows(database, `UPDATE work_orders SET status = 'done', site_name = 'Wawa'`)
      assert.deepEqual(await number(), before.number)
      assert.equal((await changes()) - before.changes, 1)
    })
  })
}

for (const kind of databases) {
  test(`a search on ${kind.name} starts with the index, for one user too`, async (t) => {
    if (kind.skip) return t.skip(kind.skip)
    const queries: CompiledQuery[] = []
    const database = await open(t, kind, (query) => queries.push(query))
    await run(database, 'up', migrations.slice(0, 3))
    await database.db.insertInto('users').values({ id: 'u', email: 'u@example.com' }).execute()
    const many = Array.from({ length: 3000 }, (_, i) => ({
      id: `w${i}`,
      user_id: 'u',
      site_name: i === 7 ? 'Wawa Street' : `Site ${i}`,
      notes: 'Ring the bell at the office. '.repeat(10),
    }))
    await database.db.insertInto('work_orders').values(many).execute()
    const analyze = kind.dialect === 'sqlite' ? 'ANALYZE' : 'VACUUM ANALYZE work_orders'
    await sql.raw(analyze).execute(database.db)
    for (const options of [{}, { userId: 'u' }]) {
      await searchWorkOrders(database, 'wawa st', options)
      const search = queries.at(-1)
      assert.ok(search)
      const explain = kind.dialect === 'sqlite' ? 'EXPLAIN QUERY PLAN' : 'EXPLAIN'
      const explained = CompiledQuery.raw(`${explain} ${search.sql}`, [...search.parameters])
      const { rows } = await database.db.executeQuery<any>(explained)
      const lines = rows.map((row) => row.detail ?? row['QUERY PLAN'])
      if (kind.dialect === 'sqlite') {
        assert.match(lines[0], /^SCAN work_orders_fts VIRTUAL TABLE INDEX 0:M/)
        assert.match(lines[1], /^SEARCH map USING INTEGER PRIMARY KEY/)
        assert.match(lines[2], /^SEARCH w USING INDEX/)
      } else assert.match(lines.join('\n'), /Bitmap Index Scan on idx_work_orders_search/)
    }
  })
}
