import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { databases } from '../../../../test/support/databases.ts'
import {
  ODD,
  ODD_ROWS,
  RETURNING,
  RETURNING_ROWS,
  SHUT,
  SINCE,
  WITHOUT_KEY,
  YIN,
} from './mend-odd.ts'
import { breakKeys, ids } from './mend-support.ts'
import { createProject } from './project.ts'

const without = { backup: false } as const
const data = { categories: ['data'], ...without } as const

for (const kind of databases) {
  describe(`mending what is odd on ${kind.name}`, { skip: kind.skip }, () => {
    test('keys that are NULL, quoted or computed tell rows apart or are told, and clashing names as well', async (t) => {
      const project = await createProject(t, kind, { 'v1.sql': ODD })
      await project.migrator.migrate(without)
      const isServer = kind.dialect === 'postgres'
      await breakKeys(project, isServer ? ODD_ROWS : [...ODD_ROWS, WITHOUT_KEY])
      const { mended, failures } = await project.migrator.mend(data)
      assert.deepEqual(
        new Map(mended.map(({ object, rows }) => [object, rows])),
        new Map([
          ['tree', isServer ? 2 : 3],
          ['twice', 1],
          ['u', 3],
        ]),
      )
      assert.deepEqual(await ids(project, 'u_part', 'u_id'), [2])
      assert.equal((await project.query('SELECT * FROM tree')).length, isServer ? 1 : 3)
      assert.ok(failures.every(({ code }) => code === 'SCHEMA_CONFLICT'))
      const [q1, thrice, timed] = failures
        .toSorted((a, b) => `${a.at?.object}`.localeCompare(`${b.at?.object}`))
        .map(({ message }) => message)
      assert.match(q1 ?? '', /there is a quarantine_q1 already, which was not made for that/)
      assert.match(thrice ?? '', /rows of thrice_part name its it, which is computed/)
      assert.match(timed ?? '', /it has a column quarantined_at, as every quarantine has/)

      await project.query("INSERT INTO tree (id) VALUES ('gone')")
      await project.query('INSERT INTO p VALUES (9)')
      const { restored, findings } = await project.migrator.restoreQuarantined(without)
      assert.deepEqual(findings, [])
      assert.deepEqual(restored, [
        { table: 'tree', rows: isServer ? 2 : 3 },
        { table: 'twice', rows: 1 },
        { table: 'u', rows: 1 },
        { table: 'u_part', rows: 2 },
      ])
    })

    test('a table that refuses its rows keeps no others in quarantine, and says why', async (t) => {
      const project = await createProject(t, kind, { 'v1.sql': RETURNING })
      await project.migrator.migrate(without)
      await breakKeys(project, RETURNING_ROWS)
      const migrator = await project.open({ expectations: YIN })
      const { failures } = await migrator.mend(data)
      assert.deepEqual(failures, [])
      for (const statement of [...SINCE, ...SHUT[kind.dialect]]) await project.query(statement)

      const planned = await migrator.restoreQuarantined({ dryRun: true })
      assert.ok((await project.introspect()).has('table quarantine_yin'))
      const { outcome, restored, findings } = await migrator.restoreQuarantined(without)
      assert.deepEqual([restored, findings], [planned.restored, planned.findings])
      assert.equal(outcome, 'done')
      assert.deepEqual(restored, [
        { table: 'yang', rows: 1 },
        { table: 'yin', rows: 1 },
      ])
      const said = new Map(findings.map(({ at, message }) => [at?.object, message]))
      const patterns = {
        quarantine_clash: /1 row of clash stays.*putting back failed:.*(one_live|clash\.label)/,
        quarantine_grown: /putting back failed:.*fresh/,
        quarantine_part: /shut_id names no row of shut \(1\)/,
        quarantine_shut: /putting back failed:.*it is shut/,
        quarantine_yang: /^quarantine_yang is empty, and stays: view lost uses it\.$/,
      }
      assert.deepEqual([...said.keys()].sort(), Object.keys(patterns))
      for (const [object, pattern] of Object.entries(patterns)) {
        assert.match(said.get(object) ?? '', pattern)
      }
      assert.ok(findings.every(({ fix }) => !fix?.includes('statement')))

      await project.query('DROP VIEW lost')
      await project.query('UPDATE clash SET live = 0 WHERE id = 2')
      assert.deepEqual((await migrator.restoreQuarantined(without)).restored, [
        { table: 'clash', rows: 1 },
      ])
      const left = [...(await project.introspect()).keys()].filter((key) =>
        key.startsWith('table quarantine_'),
      )
      assert.deepEqual(left.sort(), [
        'table quarantine_grown',
        'table quarantine_part',
        'table quarantine_shut',
      ])
    })
  })
}
