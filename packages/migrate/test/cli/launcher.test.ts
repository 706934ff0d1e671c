import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { tempFolder } from '../../../../test/support/databases.ts'
import { runNode } from '../../../../test/support/process.ts'
import { BIN } from './support.ts'

const FOSSAWORK_BIN = join(import.meta.dirname, '../../../database/bin/fossawork-db.js')

/** A Node below 24 on this machine, outside node_modules. */
function findOldNode(): string | null {
  const candidates = (process.env.PATH ?? '').split(':').map((folder) => join(folder, 'node'))
  return (
    candidates.find((file) => {
      if (file.includes('node_modules') || !existsSync(file)) return false
      const version = execFileSync(file, ['--version'], { encoding: 'utf8' })
      return Number(/^v(\d+)/.exec(version)?.[1]) < 24
    }) ?? null
  )
}

const oldNode = findOldNode()

for (const bin of [BIN, FOSSAWORK_BIN]) {
  const name = bin === BIN ? 'migrate' : 'fossawork-db'
  test(`${name} on an old Node says which one it needs and how to get it`, {
    skip: oldNode === null && 'no Node below 24 here',
  }, () => {
    const { status, stdout, stderr } = spawnSync(oldNode as string, [bin, 'status'], {
      encoding: 'utf8',
    })
    assert.equal(status, 2)
    assert.equal(stdout, '')
    assert.match(stderr, new RegExp(`^${name} needs Node 24 or newer, and this is Node \\d`))
    assert.match(stderr, /npm install --save-dev node@24/)
    assert.doesNotMatch(stderr, /SyntaxError/)
  })
}

test('fossawork-db knows its migrations wherever it stands, and takes no other ones', async (t) => {
  const folder = await tempFolder(t)
  const run = (...args: string[]) =>
    runNode([FOSSAWORK_BIN, ...args], { cwd: folder, env: { DATABASE_URL: undefined } })
  const { code, stdout } = await run('status', '--json')
  assert.equal(code, 0)
  const answer = JSON.parse(stdout)
  assert.equal(answer.database, join(folder, 'fossawork_v2.db'))
  assert.equal(answer.versions[0].version, 'v001_initial_schema')
  for (const option of ['--migrations', '--config']) {
    const refused = await run('status', option, '.')
    assert.equal(refused.code, 2)
    assert.match(refused.stderr, /Unknown option/)
  }
})
