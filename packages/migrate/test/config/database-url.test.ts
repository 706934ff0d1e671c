import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import { parseDatabaseUrl } from '../../src/config/database-url.ts'
import type { MigrateError } from '../../src/errors.ts'

describe('a database URL', () => {
  const good: [url: string, location: string][] = [
    ['sqlite:///./app.db', '/srv/app.db'],
    ['sqlite:///app.db', '/srv/app.db'],
    ['sqlite:////var/lib/app.db', '/var/lib/app.db'],
    ['sqlite:///with%20space.db', '/srv/with space.db'],
    ['postgres://ann:pw@db:5433/work', 'postgresql://ann@db:5433/work'],
    ['postgresql://db/work', 'postgresql://db/work'],
    ['postgresql://ann:pw@/work?host=/run/postgresql', 'postgresql://ann@localhost/work'],
    ['postgresql://ann:p%40ss%2Fw%23rd@db/work?sslmode=require', 'postgresql://ann@db/work'],
  ]
  for (const [url, location] of good) {
    test(`${url} is ${location}`, () => {
      assert.equal(parseDatabaseUrl(url, '/srv').location, location)
    })
  }

  const bad: [url: string, message: RegExp][] = [
    ['app.db', /no scheme/],
    ['mysql://db/work', /neither sqlite: nor postgresql:/],
    ['sqlite://app.db', /three slashes/],
    ['sqlite:///:memory:', /memory/],
    ['sqlite:///app.db?mode=ro', /no parameters/],
    ['sqlite:///%zz.db', /escape/],
    ['postgresql://ann:s3cret@db', /names no database/],
    ['postgresql://ann:s3cret@db:port/work', /cannot be parsed/],
    ['postgresql://ann:s3@cret/w#rd@db:5432/work', /@ or a #/],
    ['postgresql://ann:s3cret/x@db/work', /cannot be parsed|@ or a #/],
    ['postgresql://ann:s3cret@db/work?colour=red', /colour/],
    ['postgresql://ann:s3cret@db/work?sslmode=bogus', /sslmode/],
  ]
  for (const [url, message] of bad) {
    test(`${url} is refused, and the message repeats no password`, () => {
      assert.throws(
        () => parseDatabaseUrl(url, '/srv'),
        (error: MigrateError) => {
          assert.equal(error.code, 'URL_INVALID')
          assert.match(error.message, message)
          assert.doesNotMatch(inspect(error), /s3cret|s3|cret/)
          return true
        },
      )
    })
  }

  test('shows its password nowhere', () => {
    const target = parseDatabaseUrl('postgresql://ann:s3cret@db/work', '/srv')
    for (const shown of [
      inspect(target, { depth: 9 }),
      JSON.stringify(target),
      `${target.location}`,
    ]) {
      assert.doesNotMatch(shown, /s3cret/)
    }
  })
})
