import assert from 'node:assert/strict'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { tempFolder } from '../../../../test/support/databases.ts'
import { runProgram } from '../../src/dialect/postgres/backup/child.ts'
import { unreadable } from '../../src/dialect/postgres/backup/raw.ts'
import { restoreError } from '../../src/dialect/postgres/backup/restore-error.ts'
import { NEVER } from './restore-support.ts'

/** A program that says what it is given on its standard input, as pg_restore would. */
const saying = (said: string, password?: string, path = '/bin/sh') =>
  runProgram({
    path,
    args: ['-c', 'cat >&2; exit 1'],
    env: { PATH: '/usr/bin:/bin', ...(password !== undefined && { PGPASSWORD: password }) },
    signal: NEVER,
    input: Readable.from([said]),
  })

test('the password is left out where it stands by itself, and nowhere else', async () => {
  const ended = await saying('sh: password p of "p" is no part of postgresql\n', 'p')
  assert.equal(
    ended.words,
    '/bin/sh ended with 1: sh: password [redacted] of "[redacted]" is no part of postgresql',
  )
  const odd = await saying('sh: user:a$(b.*c@host\n', 'a$(b.*c')
  assert.match(odd.words, /: sh: user:\[redacted\]@host$/)
  assert.match((await saying('sh: x\n', 'sh')).words, /^\/bin\/sh ended with 1: /)
})

test('what failed is told from what was said, whatever the password is', async () => {
  const ended = await saying('sh: error: ERROR:  role "app" does not exist\n', 'app')
  const { code, message, hint } = restoreError(ended)
  assert.equal(code, 'RESTORE_FAILED')
  assert.match(message, /the role "app"/)
  assert.match(hint, /CREATE ROLE "app"/)
  const denied = await saying('sh: error: ERROR:  permission denied for x\n', 'permission')
  assert.equal(restoreError(denied).code, 'PERMISSION_DENIED')
})

test('a program that crashed is said to have done so', async (t) => {
  const path = join(await tempFolder(t), 'pg_restore')
  await writeFile(path, '#!/bin/sh\nkill -SEGV $$\n')
  await chmod(path, 0o755)
  const ended = await runProgram({ path, args: [], env: process.env, signal: NEVER })
  for (const error of [unreadable(ended), restoreError(ended)]) {
    assert.equal(error.code, 'BACKUP_DAMAGED')
    assert.match(error.message, /pg_restore crashed \(SIGSEGV\), as it may over a damaged dump\.$/)
  }
})

test('lines that were not kept are known to be missing', async () => {
  const some = await saying('sh: error: x\n'.repeat(10))
  assert.equal(some.lines.length, 10)
  assert.ok(some.saidAll)
  assert.ok(!(await saying('sh: error: x\n'.repeat(300))).saidAll)
})
