import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { createProjectHere } from './in-process.ts'

test('emergency writes a script for each version, connects to nothing, and --check holds them', async (t) => {
  const project = await createProjectHere(t)
  const missing = await project.run(['emergency', '--check'])
  assert.equal(missing.code, 3)
  assert.match(missing.stderr, /EMERGENCY_STALE.*emergency_v001_rollback\.sqlite\.sql/)
  assert.match(missing.stderr, /→ Run `\S+ emergency`/)

  const written = await project.run(['emergency', '--dir', 'by-hand'])
  assert.match(written.stdout, /^Wrote \d scripts? into .*by-hand\./)
  const names = await readdir(join(project.folder, 'by-hand'))
  assert.ok(names.includes('emergency_v001_rollback.sqlite.sql'), `${names}`)
  const { answer } = await project.json('emergency', '--dir', 'by-hand', '--check')
  assert.deepEqual([answer.outcome, [...answer.scripts].sort()], ['nothing', names.sort()])
  assert.deepEqual(
    (await readdir(project.folder)).filter((name) => name.includes('.db')),
    [],
  )

  const url = 'postgresql://nobody@nowhere.invalid/none'
  const other = await project.run(['emergency', '--database', url])
  assert.equal(other.code, 0, other.stderr)
  const script = join(project.folder, 'rollback/emergency_v001_rollback.postgres.sql')
  assert.match(await readFile(script, 'utf8'), /\nDROP TABLE people;\n/)
})
