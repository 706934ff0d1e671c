import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { DatabaseKind } from '../../../../test/support/databases.ts'
import { diffSnapshots } from '../../src/schema/diff.ts'
import type { Snapshot } from '../../src/schema/snapshot.ts'
import { RICH_SCHEMA } from './rich-schema.ts'
import { newDialect, newWriter, postgresKinds } from './setup.ts'

async function snapshot(t: TestContext, kind: DatabaseKind, sql: string): Promise<Snapshot> {
  const dialect = await newDialect(t, kind)
  const writer = await newWriter(t, dialect)
  await writer.query(sql)
  return dialect.introspect(writer)
}

for (const kind of postgresKinds) {
  describe(`a snapshot of ${kind.name}`, { skip: kind.skip }, () => {
    it('of an empty database is empty', async (t) => {
      assert.deepEqual([...(await snapshot(t, kind, 'SELECT 1')).keys()], [])
    })

    it('names everything once and leaves the journal out', async (t) => {
      const keys = [...(await snapshot(t, kind, RICH_SCHEMA)).keys()]
      assert.deepEqual(
        keys.filter((key) => !key.startsWith('column ')),
        [
          'check lists.known',
          'check lists.levels',
          'check users.name_or_mail',
          'exclusion Odd.Name.Odd.Name_int4range_excl',
          'foreign_key Odd.Name.parent->"Odd.Name".a b',
          'foreign_key Odd.Name.user_id->users.id',
          'foreign_key users.odd->"Odd.Name".a b',
          'function double(n integer)',
          'function forget(IN bigint)',
          'function instead()',
          'function is_known(s character varying, y boolean)',
          'function touch()',
          'function users_of(f mood)',
          'index audit.log.by_what',
          'index counts.one_a_feeling',
          'index events.by_kind',
          'index lists.unfinished',
          'index users.by_name',
          'index users.by_words',
          'index users.once',
          'primary_key Odd.Name.primary',
          'primary_key audit.log.primary',
          'primary_key cache.primary',
          'primary_key users.primary',
          'sequence ticket',
          'table Odd.Name',
          'table audit.log',
          'table cache',
          'table events',
          'table events_2026',
          'table lists',
          'table users',
          'trigger lists.listing',
          'trigger mails.adding',
          'trigger users.off',
          'trigger users.touching',
          'type letter',
          'type mood',
          'type point3',
          'type positive',
          'type small_positive',
          'type span',
          'unique Odd.Name.a b,user_id',
          'unique users.email',
          'view counts',
          'view mails',
          'view open_lists',
          'view short_mails',
        ],
      )
    })

    it('says what each thing is', async (t) => {
      const facts = await snapshot(t, kind, RICH_SCHEMA)
      const is = (key: string) => facts.get(key)?.is
      assert.deepEqual(is('column users.id'), {
        type: 'bigint',
        notNull: true,
        identity: 'always',
      })
      assert.deepEqual(is('column users.name'), {
        type: 'text',
        default: "'nobody'::text",
        collation: '"C"',
      })
      assert.deepEqual(is('column users.twice'), {
        type: 'integer',
        generated: 'double(length((email)::text))',
        stored: true,
      })
      assert.deepEqual(is('column users.touched'), { type: 'timestamp(3) with time zone' })
      assert.deepEqual(is('foreign_key Odd.Name.user_id->users.id'), {
        columns: ['user_id'],
        references: 'users',
        referencesColumns: ['id'],
        name: 'owner',
        deferrable: 'initially deferred',
        onUpdate: 'set null',
        onDelete: 'cascade',
      })
      assert.deepEqual(is('foreign_key Odd.Name.parent->"Odd.Name".a b'), {
        columns: ['parent'],
        references: '"Odd.Name"',
        referencesColumns: ['a b'],
        name: 'up',
        notValid: true,
      })
      assert.deepEqual(is('primary_key Odd.Name.primary'), {
        columns: ['a b'],
        name: 'Odd.Name_pkey',
      })
      assert.equal(is('unique Odd.Name.a b,user_id')?.nullsNotDistinct, true)
      assert.deepEqual(is('check users.name_or_mail'), {
        expression: "CHECK (((name IS NOT NULL) OR ((email)::text <> ''::text)))",
      })
      assert.deepEqual(is('index users.by_name'), {
        columns: ['lower(name) COLLATE "C" DESC', 'email COLLATE "C" text_pattern_ops NULLS FIRST'],
        include: ['touched'],
        where: 'touched IS NOT NULL',
      })
      assert.deepEqual(is('index users.once'), { unique: true, columns: ['lower(email::text)'] })
      assert.deepEqual(is('index users.by_words'), {
        columns: ["to_tsvector('english'::regconfig, name)"],
        method: 'gin',
      })
      assert.deepEqual(is('index audit.log.by_what'), { schema: 'audit', columns: ['what'] })
      assert.deepEqual(is('table cache'), {
        persistence: 'unlogged',
        options: ['fillfactor=70'],
      })
      assert.deepEqual(is('table events_2026'), {
        partitionOf: 'events',
        bound: "FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
      })
      assert.equal(is('table events')?.partitionedBy, 'RANGE (at)')
      assert.equal(is('table audit.log')?.rowSecurity, true)
      assert.deepEqual(is('type mood'), { kind: 'enum', labels: ['sad', 'ok', 'happy'] })
      assert.equal(is('trigger users.off')?.enabled, 'never')
      assert.deepEqual(is('view short_mails')?.uses, [
        'audit.log.what',
        'mails.email',
        'users.email',
      ])
    })

    it('with an index whose build was broken off says that it is invalid', async (t) => {
      const dialect = await newDialect(t, kind)
      const writer = await newWriter(t, dialect)
      await writer.query('CREATE TABLE t (id int); CREATE INDEX i ON t (id)')
      // as a server that was stopped in the middle leaves it: a build of ours that fails cleans up
      await writer.query("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'i'::regclass")
      assert.equal((await dialect.introspect(writer)).get('index t.i')?.is.invalid, true)
    })

    it('leaves out what an extension owns, and names the extension', async (t) => {
      const dialect = await newDialect(t, kind)
      const writer = await newWriter(t, dialect)
      const { rows } = await writer.query(
        "SELECT name FROM pg_available_extensions WHERE name IN ('citext', 'pg_trgm', 'hstore') LIMIT 1",
      )
      const name = rows[0]?.name
      if (name === undefined) return t.skip('the server has no extensions')
      await writer.query(`CREATE EXTENSION ${name}`)
      const facts = await dialect.introspect(writer)
      assert.deepEqual([...facts.keys()], [`extension ${name}`])
      for (const statement of dialect.dropStatements([...facts.values()])) {
        await writer.query(statement)
      }
      assert.equal((await dialect.introspect(writer)).size, 0)
    })
  })
}

const missing = postgresKinds.find((kind) => kind.skip)

describe('snapshots of different versions', { skip: missing?.skip ?? false }, () => {
  it('of one schema are equal', async (t) => {
    const [first, ...others] = await Promise.all(
      postgresKinds.map((kind) => snapshot(t, kind, RICH_SCHEMA)),
    )
    for (const other of others) assert.deepEqual(diffSnapshots(first ?? new Map(), other), [])
  })
})
