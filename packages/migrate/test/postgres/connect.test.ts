import assert from 'node:assert/strict'
import { once } from 'node:events'
import { cp, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import { tempFolder, testDatabase } from '../../../../test/support/databases.ts'
import { startSnippet } from '../../../../test/support/process.ts'
import { createPostgresDialect } from '../../src/dialect/postgres/dialect.ts'
import type { MigrateError } from '../../src/errors.ts'
import { postgresKinds, targetOf } from './setup.ts'

const PASSWORD = 'pa55-word-that-is-wrong'

async function failure(url: string): Promise<MigrateError> {
  const opened = createPostgresDialect(targetOf(url)).openReader()
  return opened.then(
    () => assert.fail('it connected'),
    (error: MigrateError) => error,
  )
}

for (const kind of postgresKinds) {
  describe(`connecting to ${kind.name}`, { skip: kind.skip }, () => {
    it('with a wrong password says who was refused, and no password', async (t) => {
      const url = new URL(await testDatabase(t, kind))
      url.password = PASSWORD
      const error = await failure(url.href)
      assert.equal(error.code, 'AUTHENTICATION_FAILED')
      assert.match(error.message, /127\.0\.0\.1:\d+ refused the user "postgres"/)
      assert.ok(!inspect(error, { depth: 9, showHidden: true }).includes(PASSWORD))
    })

    it('without the password that the server wants says so', async (t) => {
      const url = new URL(await testDatabase(t, kind))
      url.password = ''
      const error = await failure(url.href)
      assert.equal(error.code, 'AUTHENTICATION_FAILED')
      assert.match(error.message, /wants a password for the user "postgres", and none was given/)
    })

    it('and closing at once, twice even, works', async (t) => {
      const dialect = createPostgresDialect(targetOf(await testDatabase(t, kind)))
      const reader = await dialect.openReader()
      await Promise.all([reader.close(), reader.close()])
      await assert.rejects(reader.query('SELECT 1'), { code: 'CONNECTION_LOST' })
    })

    it('names the database that is missing', async (t) => {
      const url = new URL(await testDatabase(t, kind))
      url.pathname = '/not_there'
      const error = await failure(url.href)
      assert.equal(error.code, 'DATABASE_MISSING')
      assert.match(error.message, /"not_there" on 127\.0\.0\.1:\d+/)
    })

    it('where TLS is asked for and not offered says so', async (t) => {
      const error = await failure(`${await testDatabase(t, kind)}?sslmode=verify-full`)
      assert.equal(error.code, 'DATABASE_UNREACHABLE')
      assert.match(error.message, /SSL/)
    })
  })
}

describe('connecting to no server', () => {
  it('names host and port, for an address and for a name with several', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    server.close()
    await once(server, 'close')
    for (const host of ['127.0.0.1', 'localhost']) {
      const error = await failure(`postgresql://me:${PASSWORD}@${host}:${port}/db`)
      assert.equal(error.code, 'DATABASE_UNREACHABLE')
      assert.equal(
        error.message,
        `The database server ${host}:${port} does not answer: connection refused.`,
      )
      assert.ok(!inspect(error, { depth: 9 }).includes(PASSWORD))
    }
  })

  it('says that a host name is not known', async () => {
    const error = await failure(`postgresql://me:${PASSWORD}@no-such-host.invalid/db`)
    assert.equal(error.code, 'DATABASE_UNREACHABLE')
    assert.match(error.message, /no-such-host\.invalid:5432 does not answer: the host name is not/)
  })

  it('refuses certificate files that are not there, without the URL', async () => {
    const error = await failure(`postgresql://me:${PASSWORD}@localhost/db?sslrootcert=/not/there`)
    assert.equal(error.code, 'URL_INVALID')
    assert.ok(!inspect(error, { depth: 9 }).includes(PASSWORD))
  })

  it('without the package pg says how to install it', async (t) => {
    const folder = await tempFolder(t)
    await cp(fileURLToPath(new URL('../../src', import.meta.url)), join(folder, 'src'), {
      recursive: true,
    })
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
    const child = startSnippet(
      `import { Secret } from './src/secret.ts'
       import { createPostgresDialect } from './src/dialect/postgres/dialect.ts'
       const url = new Secret('postgresql://me@localhost/db')
       const dialect = createPostgresDialect({ dialect: 'postgres', url, location: 'here' })
       await dialect.openReader().catch(({ code, hint }) => console.log(code, hint))`,
      { cwd: folder },
    )
    assert.equal((await child.done).stdout, 'DRIVER_MISSING Run `npm install pg`.\n')
  })
})
