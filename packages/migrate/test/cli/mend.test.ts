import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { createProjectHere } from './in-process.ts'

const TABLES = `-- migrate:up
CREATE TABLE owner (id INTEGER PRIMARY KEY);
CREATE TABLE pet (id INTEGER PRIMARY KEY, owner_id INTEGER REFERENCES owner (id));
CREATE INDEX idx_pet_owner ON pet (owner_id);
`

test('validate --fix mends and says what it did; --restore-quarantined says what stays', async (t) => {
  const project = await createProjectHere(t, { 'migrations/v1.sql': TABLES })
  await project.run(['snapshot'])
  await project.run(['migrate', '--no-backup'])
  const db = new DatabaseSync(project.database, { enableForeignKeyConstraints: false })
  db.exec('INSERT INTO pet VALUES (1, 9); DROP INDEX idx_pet_owner')
  db.close()
  const what = ['validate', '--category', 'data'] as const
  assert.equal((await project.run(what)).code, 3)
  const planned = await project.run([...what, '--fix', '--dry-run'])
  assert.equal(planned.code, 3)
  assert.match(
    planned.stdout,
    /· would move 1 row of pet to quarantine_pet.*\n\nNothing was written/,
  )
  const done = await project.run([...what, '--fix', '--no-backup'])
  assert.equal(done.code, 0)
  assert.match(done.stdout, /✓ moved 1 row of pet to quarantine_pet\n\nMended 1 thing\./)
  const indexes = await project.json('validate', '--category', 'indexes', '--fix')
  assert.ok('mended' in indexes.answer && indexes.answer.backup !== null)
  assert.deepEqual(
    indexes.answer.mended.map(({ what }) => what),
    ['built index pet.idx_pet_owner'],
  )
  assert.equal((await project.run([...what, '--fix'])).code, 0)

  const staying = await project.run(['validate', '--restore-quarantined', 'pet', '--no-backup'])
  assert.equal(staying.code, 3)
  assert.match(
    staying.stdout,
    /1 row of pet stays in quarantine: owner_id names no row of owner \(1\)/,
  )
  project.sql('INSERT INTO owner VALUES (9)')
  const back = await project.run(['validate', '--restore-quarantined', '--no-backup'])
  assert.deepEqual([back.code, back.stdout], [0, '1 row of pet was put back.\n'])
  for (const wrong of [['--dry-run'], ['--fix', '--restore-quarantined'], ['--wait', '1']]) {
    assert.equal((await project.run(['validate', ...wrong])).code, 2, `${wrong}`)
  }
})
