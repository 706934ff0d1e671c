import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Migrator } from '@fossawork/migrate'
import type { DatabaseKind } from '../../../../test/support/databases.ts'
import { faults } from '../support/faults.ts'
import { FAULTS } from './catalogue.ts'
import type { Fault, Opening, Victim } from './fault.ts'
import { assertKept, rowsOf } from './kept-rows.ts'
import { assertFound } from './look.ts'
import { BEN, BENS_ROW } from './rows.ts'
import { makeSound, type Sound } from './sound.ts'

/** Each fault on a copy of its own of a sound database of the kind. */
export function describeFaults(kind: DatabaseKind): void {
  describe(`validate on ${kind.name}`, { skip: kind.skip, concurrency: 3 }, () => {
    const ends: (() => unknown)[] = []
    let sound: Sound
    before(async () => {
      sound = await makeSound({ after: (end: () => unknown) => ends.push(end) }, kind)
    })
    after(async () => {
      for (const end of ends) await end()
    })

    test('finds nothing where nothing is wrong', async (t) => {
      const migrator = await (await sound.copy(t)).open()
      await migrator.backup()
      const { findings, checks } = await migrator.validate({ deep: true })
      assert.deepEqual(faults({ findings }), [])
      assert.ok(checks.length > 30)
      assert.deepEqual((await migrator.drift()).differences, [])
      assert.equal((await migrator.mend()).outcome, 'nothing')
    })

    test('only notes what others have in the database', async (t) => {
      const victim = await sound.copy(t)
      await victim.run(
        'CREATE VIEW open_orders AS SELECT id FROM work_orders',
        'CREATE TABLE others (id INTEGER PRIMARY KEY, made_at TEXT)',
      )
      const { ok, findings } = await (await victim.open()).validate()
      assert.deepEqual([ok, faults({ findings })], [true, []])
      const noted = findings.filter(({ code }) => code === 'UNEXPLAINED_OBJECT')
      assert.deepEqual(
        noted.map(({ at }) => at?.object),
        ['table others', 'view open_orders'],
      )
    })

    test('has rows in quarantine come back once their parent is there again', async (t) => {
      const victim = await sound.copy(t)
      const migrator = await victim.open()
      const rows = await rowsOf(victim)
      await victim.run(`DELETE FROM users WHERE id = '${BEN}'`)
      await assertMended(victim, migrator)
      await victim.run(BENS_ROW)
      const { findings } = await migrator.restoreQuarantined({ backup: false })
      assert.deepEqual(findings, [])
      assert.deepEqual(faults(await migrator.validate()), [])
      assertKept(rows, await rowsOf(victim), ['audit_trail'])
    })

    for (const fault of FAULTS) {
      if (fault.on !== undefined && fault.on !== kind.dialect) continue
      test(`finds in ${fault.category}: ${fault.name}`, async (t) => {
        const victim = await sound.copy(t)
        const migrator = await victim.open(await inject(fault, victim))
        assertFound(fault, faults(await migrator.validate()), victim)
        if (fault.mends) await assertMended(victim, migrator)
      })
    }
  })
}

async function inject({ inject }: Fault, victim: Victim): Promise<Opening | undefined> {
  if (typeof inject === 'function') return inject(victim)
  await victim.run(...inject)
  return undefined
}

/** All is well again, and no row is lost. */
async function assertMended(victim: Victim, migrator: Migrator): Promise<void> {
  const rows = await rowsOf(victim)
  const { mended, failures, validation } = await migrator.mend({ backup: false })
  assert.deepEqual(failures, [])
  assert.deepEqual(faults(validation), [])
  const seeded = mended.filter(({ kind }) => kind === 'seed_rows').map(({ object }) => object)
  assertKept(rows, await rowsOf(victim), ['audit_trail', ...seeded])
}
