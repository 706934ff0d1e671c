import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createProjectHere } from './in-process.ts'

test('drift shows what changed with what may come of it, and prints what undoes it', async (t) => {
  const project = await createProjectHere(t)
  await project.run(['migrate'])
  const clean = await project.run(['drift'])
  assert.equal(clean.code, 0)
  assert.match(
    clean.stdout,
    /^Nothing changed behind our back\.\n\nCompared with what the run left/,
  )

  project.sql('CREATE TABLE strange (id INTEGER)')
  const harmless = await project.run(['drift'])
  assert.equal(harmless.code, 0)
  assert.match(harmless.stdout, /^Harmless:\n {2}· table strange is there/)

  project.sql('CREATE UNIQUE INDEX one_name ON people (name)')
  const { code, stdout } = await project.run(['drift'])
  assert.equal(code, 3)
  assert.match(stdout, /^Dangerous:\n {2}✗ index people\.one_name .*\n {6}Duplicates are refused\./)
  assert.match(stdout, /2 differences, 1 of them dangerous\.\n\n {2}→ `migrate drift --sql` prints/)
  const undo = await project.run(['drift', '--sql'])
  assert.equal(undo.code, 3)
  assert.match(
    undo.stdout,
    /^-- index people\.one_name .*\nDROP INDEX .*one_name.*;\n\n-- What follows takes rows.*\n.*\n\n-- table strange .*\n-- DROP TABLE .*strange.*;\n$/,
  )
  const { answer } = await project.json('drift')
  assert.deepEqual([answer.ok, answer.base.kind], [false, 'kept'])

  await project.write(
    'migrations/v009_more.sql',
    '-- migrate:up\nCREATE TABLE more (id INTEGER);\n',
  )
  const refused = await project.run(['migrate'])
  assert.equal(refused.code, 3)
  assert.match(refused.stderr, /error DRIFT: .*index people\.one_name .*\n.*`migrate drift`/)
  assert.equal((await project.run(['migrate', '--accept-drift'])).code, 0)
  assert.equal((await project.run(['drift'])).code, 0)
})
