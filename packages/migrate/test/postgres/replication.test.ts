import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createPostgresDialect } from '../../src/dialect/postgres/dialect.ts'
import {
  backupKinds,
  databasesLike,
  dumpOf,
  prepared,
  restorable,
  run,
  SWAP,
} from './restore-support.ts'
import { targetOf } from './setup.ts'
import { scene } from './swap-support.ts'

/** Of a publisher that is not there: its worker starts again and again. */
const SUBSCRIBE = (name: string) => `CREATE SUBSCRIPTION "${name}"
  CONNECTION 'host=127.0.0.1 port=1 dbname=nowhere' PUBLICATION p WITH (connect = false, slot_name = '${name}')`

const SUBSCRIPTIONS = `SELECT d.datname AS database, subname AS name, subenabled AS enabled
  FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid WHERE starts_with(d.datname, $1) ORDER BY 1, 2`

for (const { kind, skip } of backupKinds) {
  describe(`replication of a database that is restored on ${kind.name}`, { skip }, () => {
    it('keeps no restored copy from going', async (t) => {
      const url = await restorable(t, kind)
      const dialect = createPostgresDialect(targetOf(url))
      const name = new URL(url).pathname.slice(1)
      const feed = `feed "${name.slice(-8)}`
      await run(
        dialect,
        SUBSCRIBE(feed.replace('"', '""')).replace(/slot_name = '[^']*'/, 'slot_name = NONE'),
      )
      try {
        const { file } = await dumpOf(t, dialect)
        const made = await prepared(t, dialect, file, { swappable: false })
        assert.equal((await run(dialect, SUBSCRIPTIONS, [name])).length, 2)
        await made.discard()
        assert.deepEqual(await databasesLike(dialect), [''])
        assert.equal((await run(dialect, SUBSCRIPTIONS, [name])).length, 1)
      } finally {
        await run(dialect, `DROP SUBSCRIPTION "${feed.replace('"', '""')}"`)
      }
    })

    it('stops on both sides of a swap, which says what starts it again', async (t) => {
      const url = await restorable(t, kind)
      const dialect = createPostgresDialect(targetOf(url))
      const name = new URL(url).pathname.slice(1)
      const feed = `feed_${name.slice(-8)}`
      await run(dialect, SUBSCRIBE(feed))
      await run(dialect, `ALTER SUBSCRIPTION ${feed} ENABLE`)
      try {
        const { file } = await dumpOf(t, dialect)
        const made = await prepared(t, dialect, file)
        const { previous, notes } = await made.swap({ ...SWAP, force: true })
        assert.deepEqual(await run(dialect, SUBSCRIPTIONS, [name]), [
          { database: name, name: feed, enabled: false },
          { database: previous, name: feed, enabled: false },
        ])
        const [note] = notes.filter(({ code }) => code === 'SUBSCRIPTION_DISABLED')
        assert.match(note?.message ?? '', new RegExp(`${feed}.*${previous}`))
        assert.match(
          note?.fix ?? '',
          new RegExp(`in ${name}: .*ALTER SUBSCRIPTION "${feed}" ENABLE`),
        )
        await dialect.backup.discardPrevious(previous as string)
        assert.deepEqual(await databasesLike(dialect), [''])
      } finally {
        for (const what of ['DISABLE', 'SET (slot_name = NONE)']) {
          await run(dialect, `ALTER SUBSCRIPTION ${feed} ${what}`)
        }
        await run(dialect, `DROP SUBSCRIPTION ${feed}`)
      }
    })

    it('is told of where its slots stay with what was replaced', async (t) => {
      const { name, dialect, prepared } = await scene(t, kind)
      const slot = `slot_${name.slice(-8)}`
      await run(dialect, "SELECT pg_create_logical_replication_slot($1, 'pgoutput')", [slot])
      const { previous, notes } = await prepared.swap(SWAP)
      const [note] = notes.filter(({ code }) => code === 'SLOT_LEFT_BEHIND')
      assert.match(note?.message ?? '', new RegExp(`${slot}.*${previous}`))
      assert.match(
        note?.fix ?? '',
        new RegExp(
          `pg_drop_replication_slot\\('${slot}'\\).*pg_create_logical_replication_slot\\('${slot}', 'pgoutput'`,
        ),
      )
      const [goes] = await dialect.backup.previousNotes(previous as string)
      assert.equal(goes?.code, 'SLOT_LEFT_BEHIND')
      assert.match(goes?.message ?? '', new RegExp(`${slot}.*${previous}`))
    })
  })
}
