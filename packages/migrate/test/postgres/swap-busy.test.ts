import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createPostgresDialect } from '../../src/dialect/postgres/dialect.ts'
import { createProject, table } from '../contract/project.ts'
import { backupKinds, dumpOf, PREPARE, restorable, run, SWAP } from './restore-support.ts'
import { newWriter, targetOf, urlOfNewRole } from './setup.ts'
import { client, scene, wordOf } from './swap-support.ts'

for (const { kind, skip } of backupKinds) {
  describe(`what keeps a restore from replacing a database on ${kind.name}`, { skip }, () => {
    it('are clients who came while it was backed up: nobody is ended unasked', async (t) => {
      const { url, dialect, prepared } = await scene(t, kind)
      let late: Awaited<ReturnType<typeof client>> | undefined
      const save = async () => {
        late = await client(t, url)
      }
      await assert.rejects(prepared.swap({ ...SWAP, save }), {
        code: 'CLIENTS_CONNECTED',
        message: /process \d+ of postgres/,
      })
      assert.deepEqual((await late?.query('SELECT said FROM word'))?.rows, [{ said: 'new' }])
      assert.equal(await wordOf(dialect), 'new')
      assert.deepEqual(await dialect.backup.previous(), [])
    })

    it('are prepared transactions, by their name, before the work', async (t) => {
      const { url, name, dialect, prepared } = await scene(t, kind)
      const { file } = await dumpOf(t, dialect)
      const gid = `gx'${name}`
      const quoted = `'${gid.replace("'", "''")}'`
      const somebody = await client(t, url)
      await somebody.query(`BEGIN; UPDATE word SET said = 'x'; PREPARE TRANSACTION ${quoted}`)
      await somebody.end()
      const busy = {
        code: 'DATABASE_BUSY',
        message: new RegExp(`prepared transaction.*${gid}`),
        hint: new RegExp(`ROLLBACK PREPARED ${quoted}.*COMMIT PREPARED ${quoted}`),
      }
      let saved = 0
      const save = async () => void saved++
      try {
        await assert.rejects(dialect.backup.prepare(file, PREPARE), busy)
        await assert.rejects(prepared.swap({ ...SWAP, save, force: true }), busy)
        assert.equal(saved, 0)
      } finally {
        await run(dialect, `ROLLBACK PREPARED ${quoted}`)
      }
      await prepared.swap({ ...SWAP, force: true })
    })

    it('are sessions of a superuser, whom a lesser role cannot end: said before the work', async (t) => {
      const url = await restorable(t, kind)
      const dialect = createPostgresDialect(targetOf(url))
      const admin = await newWriter(
        t,
        createPostgresDialect(targetOf(url.replace(/[^/]*$/, 'postgres'))),
      )
      const weak = await urlOfNewRole(url, admin)
      const role = new URL(weak).username
      await admin.query(`ALTER ROLE ${role} CREATEDB; GRANT pg_signal_backend TO ${role}`)
      await admin.query(`ALTER DATABASE ${new URL(url).pathname.slice(1)} OWNER TO ${role}`)
      const { file } = await dumpOf(t, dialect)
      const boss = await client(t, url)
      const asWeak = createPostgresDialect(targetOf(weak))
      await assert.rejects(
        asWeak.backup.prepare(file, PREPARE),
        (error: Error & { code?: string; hint?: string }) => {
          assert.equal(error.code, 'PERMISSION_DENIED')
          assert.match(error.message, /process \d+ of postgres/)
          assert.match(error.hint ?? '', /superuser/)
          assert.doesNotMatch(error.hint ?? '', /pg_signal_backend/)
          return true
        },
      )
      const forTest = await asWeak.backup.prepare(file, { ...PREPARE, swappable: false })
      await forTest.discard()
      await boss.end()
    })

    it('keeps none of the other replaced databases from being removed', async (t) => {
      const project = await createProject(t, kind, { 'v1.sql': table('a') })
      await project.migrator.snapshot()
      await project.migrator.migrate()
      await project.migrator.backup()
      const latest = { from: { latest: true }, backup: false } as const
      const first = (await project.migrator.restore(latest)).previous as string
      const second = (await project.migrator.restore(latest)).previous as string
      const kept = await client(t, project.url.replace(/[^/]*$/, first))
      await kept.query(
        `BEGIN; INSERT INTO a (id, label) VALUES (9, 'x'); PREPARE TRANSACTION '${first}'`,
      )
      const { outcome, discarded, findings } = await project.migrator.discardPrevious()
      await kept.query(`ROLLBACK PREPARED '${first}'`)
      assert.deepEqual([outcome, discarded], ['done', [second]])
      assert.deepEqual(
        findings.map(({ code, severity }) => ({ code, severity })),
        [{ code: 'DATABASE_BUSY', severity: 'error' }],
      )
      assert.match(findings[0]?.message ?? '', new RegExp(first))
      await kept.end()
      assert.deepEqual((await project.migrator.discardPrevious()).discarded, [first])
    })
  })
}
