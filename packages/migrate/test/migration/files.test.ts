import assert from 'node:assert/strict'
import { chmod, mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { tempFolder } from '../../../../test/support/databases.ts'
import { builtChecksumsOf, readMigrationFiles } from '../../src/migration/files.ts'
import { loadMigration } from '../../src/migration/load.ts'

async function folderWith(t: TestContext, files: Record<string, string>): Promise<string> {
  const folder = await tempFolder(t)
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  return folder
}

const loadOnly = async (folder: string) => {
  const [file] = readMigrationFiles(folder)
  assert.ok(file)
  return loadMigration(file, 'sqlite')
}

const MODULE = 'export async function up(db) {}\nexport async function down(db) {}\n'

test('migrations are read in order of version; what is none is left alone', async (t) => {
  const folder = await folderWith(t, {
    'v10_b.sql': '-- migrate:up\nSELECT 1;',
    'v9_a.ts': MODULE,
    'v9_a.d.ts': '',
    'v9_a.test.ts': '',
    'README.md': '',
    'schema.sqlite.json': '{}',
    '_helper.ts': '',
  })
  assert.deepEqual(
    readMigrationFiles(folder).map((file) => file.version),
    ['v9_a', 'v10_b'],
  )
})

test('CRLF, a BOM and another folder are no change', async (t) => {
  const lines = ['-- migrate:up', 'CREATE TABLE t (a int);', '']
  const unix = await folderWith(t, { 'v1.sql': lines.join('\n') })
  const windows = await folderWith(t, { 'v1.sql': `\uFEFF${lines.join('\r\n')}` })
  assert.equal(readMigrationFiles(unix)[0]?.checksum, readMigrationFiles(windows)[0]?.checksum)
  const other = await folderWith(t, { 'v1.sql': lines.join('\n').replace('int', 'text') })
  assert.notEqual(readMigrationFiles(unix)[0]?.checksum, readMigrationFiles(other)[0]?.checksum)
})

test('a missing folder and two files of one version are refused', async (t) => {
  const folder = await folderWith(t, { 'v1.ts': MODULE, 'v1.sql': '' })
  assert.throws(() => readMigrationFiles(folder), { code: 'DUPLICATE_VERSION', message: /v1/ })
  assert.throws(() => readMigrationFiles(join(folder, 'nowhere')), {
    code: 'MIGRATIONS_NOT_FOUND',
    message: /nowhere/,
  })
})

test('a folder without read permission is refused', async (t) => {
  if (process.getuid?.() === 0) return t.skip('root may read everything')
  const folder = join(await tempFolder(t), 'closed')
  await mkdir(folder)
  await chmod(folder, 0)
  assert.throws(() => readMigrationFiles(folder), { code: 'MIGRATIONS_NOT_FOUND' })
})

test('a built .js is the version of its .ts', async (t) => {
  const source = await folderWith(t, { 'v1.ts': `// typed\n${MODULE}` })
  const built = await folderWith(t, { 'v1.js': MODULE })
  const text = builtChecksumsOf(readMigrationFiles(source), readMigrationFiles(built))
  await writeFile(join(built, 'checksums.json'), text)
  assert.equal(readMigrationFiles(built)[0]?.checksum, readMigrationFiles(source)[0]?.checksum)

  await writeFile(join(built, 'v1.js'), `${MODULE}// edited after the build\n`)
  assert.throws(() => readMigrationFiles(built), { code: 'BUILD_STALE', message: /v1\.js/ })
})

test('plain Kysely exports and a CommonJS module run as they are', async (t) => {
  const esm = await loadOnly(await folderWith(t, { 'v003_add_indexes.mjs': MODULE }))
  assert.equal(esm.description, 'Add indexes')
  assert.equal(esm.dependsOn, null)
  const cjs = await loadOnly(
    await folderWith(t, { 'v1.js': 'module.exports = { up: async () => {} }' }),
  )
  assert.equal(cjs.down, null)
})

test('what is no migration is refused, naming the file and what is wrong', async (t) => {
  const cases: [string, string, string, RegExp][] = [
    ['v1.mjs', 'export const down = async () => {}', 'MIGRATION_INVALID', /exports no up/],
    ['v1.mjs', 'export const up = 1', 'MIGRATION_INVALID', /exports no up/],
    ['v1.mjs', 'export const up = ', 'MIGRATION_UNPARSABLE', /v1\.mjs does not parse/],
    ['v1.ts', 'export const up: = 1', 'MIGRATION_UNPARSABLE', /v1\.ts does not parse/],
    ['v1.ts', 'enum A { B }\nexport const up = 1', 'MIGRATION_UNPARSABLE', /enum/],
    ['v1.mjs', 'import "./nowhere.mjs"', 'MIGRATION_INVALID', /nowhere/],
    ['v1.mjs', 'throw new Error("at import")', 'MIGRATION_INVALID', /at import/],
    [
      'v1.mjs',
      'export default { description: "d", up() {}, down() {}, transactions: false }',
      'MIGRATION_INVALID',
      /transactions/,
    ],
    ['v1.mjs', 'export default { description: "d", up() {} }', 'MIGRATION_INVALID', /down/],
  ]
  for (const [name, text, code, message] of cases) {
    const folder = await folderWith(t, { [name]: text })
    await assert.rejects(loadOnly(folder), { code, message }, text)
  }
})

test('a file that changes in a long-lived process is read anew', async (t) => {
  const folder = await folderWith(t, {
    'v1.mjs': 'export default { description: "one", up() {}, down() {} }',
  })
  assert.equal((await loadOnly(folder)).description, 'one')
  await writeFile(
    join(folder, 'v1.mjs'),
    'export default { description: "two", up() {}, down() {} }',
  )
  assert.equal((await loadOnly(folder)).description, 'two')
})

test('checked foreign keys outside a transaction are refused: nothing could be undone', async (t) => {
  const folder = await folderWith(t, {
    'v1.sql': '-- migrate:foreign-keys checked\n-- migrate:up transaction:false\nDROP TABLE a;',
  })
  await assert.rejects(loadOnly(folder), { code: 'MIGRATION_INVALID', message: /checked/ })
})

test('an ES module in a CommonJS package is refused with the way out', async (t) => {
  const folder = await folderWith(t, { 'v1.ts': MODULE })
  await writeFile(join(folder, 'package.json'), '{ "type": "commonjs" }')
  await assert.rejects(loadOnly(folder), { code: 'MIGRATION_UNPARSABLE', hint: /"module".*\.mts/ })
  await rename(join(folder, 'v1.ts'), join(folder, 'v1.mts'))
  assert.equal((await loadOnly(folder)).version, 'v1')
})
