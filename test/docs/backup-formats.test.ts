import assert from 'node:assert/strict'
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { it, suite, type TestContext } from 'node:test'
import { writeArchive } from '../../packages/migrate/src/backup/archive/sealed.ts'
import { generateMasterKey } from '../../packages/migrate/src/keys/master-key.ts'
import { createMigrator } from '../../packages/migrate/src/migrator.ts'
import { tempFolder } from '../support/databases.ts'
import { readDocument } from './documents.ts'

suite('docs/formats.md, of backups', () => {
  it('has every key of a manifest, in their order', async (t) => {
    const { manifest } = await makeBackups(t)
    const shown = rowsOf('The manifest').flatMap(([first]) => words(first))
    assert.deepEqual(shown, keysOf(manifest))
  })

  it('has every entry of the index with its keys', async (t) => {
    const { index } = await makeBackups(t)
    const made = new Map<unknown, string[]>()
    for (const line of index.split('\n').filter((text) => text.endsWith('}'))) {
      const { op, format, at, check, database = {}, ...rest } = JSON.parse(line)
      assert.deepEqual([format, typeof at, typeof check], [1, 'string', 'string'])
      made.set(op, [...Object.keys(rest), ...Object.keys(database)].sort())
    }
    const shown = rowsOf('The index').map(([first, second]) => {
      const keys = words(second).filter((key) => key !== 'database')
      return [words(first)[0], keys.sort()] as const
    })
    assert.deepEqual(new Map(shown), made)
    assert.equal(made.size, 4)
  })

  it("has every key of an archive's manifest, in their order", async (t) => {
    const manifest = await writeArchive({
      folder: await tempFolder(t),
      name: 'notes',
      raw: () => Readable.from([Buffer.from('notes')]),
      keys: { keys: [generateMasterKey()], from: 'a test' },
      about: {},
      signal: new AbortController().signal,
      onProgress: () => {},
    })
    const shown = rowsOf('Archives').flatMap(([first]) => words(first))
    assert.deepEqual(shown, keysOf(manifest))
  })
})

/** An encrypted backup that a run took, of a database with a log; and an index in which everything has happened. */
async function makeBackups(t: TestContext): Promise<{ manifest: object; index: string }> {
  const folder = await tempFolder(t)
  const migration = ['-- migrate:up', 'CREATE TABLE note (text text);']
  writeFileSync(
    join(folder, 'v1.sql'),
    [...migration, '-- migrate:down', 'DROP TABLE note;'].join('\n'),
  )
  const migrator = await createMigrator({
    folder,
    env: { MIGRATE_MASTER_KEY: generateMasterKey().text.reveal() },
    config: {
      migrations: '.',
      databaseUrl: 'sqlite:///./app.db',
      backupEncryption: true,
      backupKeep: { daily: 0, weekly: 0, monthly: 0, runs: 1 },
    },
  })
  const indexFile = join(folder, 'backups/index.jsonl')
  await migrator.migrate()
  await migrator.rollback({ version: 'v1' })
  appendFileSync(indexFile, '{"op":"added","for')
  await migrator.migrate()
  const { backups } = await migrator.backups()
  const manifest = JSON.parse(readFileSync(`${backups[0]?.file}.json`, 'utf8'))
  return { manifest, index: readFileSync(indexFile, 'utf8') }
}

const page = readDocument('docs/formats.md')

/** The first two cells of each row of a part's table. */
function rowsOf(heading: string): (readonly [string, string])[] {
  const [, rest = ''] = page.split(`\n### ${heading}\n`)
  const part = rest.split('\n#')[0] ?? ''
  const rows = part.matchAll(/^\|([^|]*`[^|]*)\|([^|]*)\|/gm)
  return [...rows].map(([, first = '', second = '']) => [first, second])
}

const words = (cell: string): string[] =>
  [...cell.matchAll(/`(\w[\w.]*)`/g)].map(([, word = '']) => word)

/** `by.host` for what is nested; what is a list, or has keys of others' choosing, is one key. */
function keysOf(value: object, prefix = ''): string[] {
  return Object.entries(value).flatMap(([key, inner]) => {
    const path = `${prefix}${key}`
    const isNested = typeof inner === 'object' && inner !== null && !Array.isArray(inner)
    return isNested && !['content.rows', 'about'].includes(path)
      ? keysOf(inner, `${path}.`)
      : [path]
  })
}
