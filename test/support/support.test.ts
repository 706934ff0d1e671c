import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import pg from 'pg'
import { parseDatabaseUrl } from '../../packages/migrate/src/config/database-url.ts'
import { allDatabases, testDatabase } from './databases.ts'
import { startSnippet } from './process.ts'

for (const kind of allDatabases) {
  describe(`test databases: ${kind.name}`, { skip: kind.skip }, () => {
    it('are new with each call', async (t) => {
      const urls = await Promise.all([testDatabase(t, kind), testDatabase(t, kind)])
      assert.notEqual(urls[0], urls[1])
      for (const url of urls) assert.equal(parseDatabaseUrl(url, '/').dialect, kind.dialect)
    })
    it('are of the version that the name says', { skip: kind.dialect === 'sqlite' }, async (t) => {
      const client = new pg.Client({ connectionString: await testDatabase(t, kind) })
      await client.connect()
      const { rows } = await client.query('SHOW server_version')
      await client.end()
      assert.equal(`postgres ${Number.parseInt(rows[0].server_version, 10)}`, kind.name)
    })
  })
}

describe('child processes', () => {
  it('show what they print and how they end', async () => {
    const child = startSnippet(`const n: number = 3; console.log('up'); process.exit(n)`)
    await child.printed('up')
    assert.deepEqual(await child.done, { code: 3, signal: null, stdout: 'up\n', stderr: '' })
  })
  it('can be killed', async () => {
    const child = startSnippet(`console.log('up'); setInterval(() => {}, 1000)`)
    await child.printed('up')
    assert.equal((await child.kill()).signal, 'SIGKILL')
  })
})
