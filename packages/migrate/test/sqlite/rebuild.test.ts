import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { plainClient } from '../../../../test/support/clients.ts'
import { tempFolder } from '../../../../test/support/databases.ts'
import { planUndo } from '../../src/run/undo-plan.ts'
import { diffSnapshots } from '../../src/schema/diff.ts'
import { database } from './support/database.ts'

const SHOULD = `CREATE TABLE parents (id INTEGER PRIMARY KEY);
CREATE TABLE t (zeta TEXT, id INTEGER PRIMARY KEY, alpha INTEGER NOT NULL DEFAULT 1, p INTEGER REFERENCES parents (id));
CREATE INDEX by_alpha ON t (alpha);
CREATE TRIGGER noted AFTER INSERT ON t BEGIN DELETE FROM parents WHERE id = 99; END;`

const IS = `CREATE TABLE parents (id INTEGER PRIMARY KEY);
INSERT INTO parents VALUES (1);
CREATE TABLE t (zeta TEXT, extra TEXT, id INTEGER PRIMARY KEY, p TEXT);
CREATE TABLE other (t_id INTEGER REFERENCES t (id) ON DELETE CASCADE);
INSERT INTO t VALUES ('z', 'mine', 1, '1'), ('y', NULL, 2, '007');
INSERT INTO other VALUES (2);`

const { skip } = plainClient({ dialect: 'sqlite' })

/** The statements that make `t` of `IS` as it should be. */
async function script(t: Parameters<typeof database>[0]): Promise<string[]> {
  const [should, is] = [await database(t, SHOULD), await database(t, IS)]
  const [expected, live] = [
    await should.dialect.introspect(should.writer),
    await is.dialect.introspect(is.writer),
  ]
  const differences = diffSnapshots(expected, live)
  const plan = await planUndo(is.dialect, differences, live, expected)
  return plan.flatMap(({ undo }) => undo?.statements ?? [])
}

/** Rows of `t`, of what it was before, and of what refers to it, without columns that may have been added. */
function rowsOf(file: string) {
  const db = new DatabaseSync(file, { readOnly: true })
  const all = (sql: string) =>
    db
      .prepare(sql)
      .all()
      .map((row) => ({ ...row }))
  try {
    const isThere = all("SELECT name FROM sqlite_schema WHERE name = '_before_t'").length > 0
    return {
      rows: all('SELECT zeta, extra, id, p FROM t'),
      before: isThere ? all('SELECT zeta, extra, id, p FROM _before_t') : null,
      other: all('SELECT * FROM other'),
      columns: all("SELECT name FROM pragma_table_info('t')").map(({ name }) => name),
    }
  } finally {
    db.close()
  }
}

const BEFORE = [
  { zeta: 'z', extra: 'mine', id: 1, p: '1' },
  { zeta: 'y', extra: null, id: 2, p: '007' },
]

test('a table that is made anew keeps the order of its columns and what nobody expects, and its rows as they were', {
  skip,
}, async (t) => {
  const statements = await script(t)
  assert.equal(statements.filter((sql) => sql.startsWith('SAVEPOINT')).length, 1)
  const file = join(await tempFolder(t), 'one.db')
  const run = (input: string) => spawnSync('sqlite3', [file], { input, encoding: 'utf8' })
  run(`${IS} INSERT INTO parents VALUES (7);`)
  assert.equal(run(`${statements.join(';\n')};`).stderr, '')
  const { rows, before, other, columns } = rowsOf(file)
  assert.deepEqual(columns, ['zeta', 'extra', 'id', 'p', 'alpha'])
  assert.deepEqual(rows, [
    { zeta: 'z', extra: 'mine', id: 1, p: 1 },
    { zeta: 'y', extra: null, id: 2, p: 7 },
  ])
  assert.deepEqual([before, other], [BEFORE, [{ t_id: 2 }]])
})

test('whatever fails in it, and wherever it is run, the old rows are there', {
  skip,
}, async (t) => {
  const statements = await script(t)
  const folder = await tempFolder(t)
  const whole = `${statements.join(';\n')};\n`
  const without = (start: string) =>
    `${statements.filter((sql) => !sql.startsWith(start)).join(';\n')};\n`
  const cases: Record<string, string> = {
    'rows would point at nothing': whole,
    'the copy fails': `INSERT INTO parents VALUES (7);\n${whole.replace('INSERT INTO "t"', 'INSERT INTO "nowhere"')}`,
    'the table cannot be made': `INSERT INTO parents VALUES (7);\n${whole.replace('CREATE TABLE "t" (', 'CREATE TABLE "t" ((')}`,
    'a name is taken': `INSERT INTO parents VALUES (7);\nCREATE TABLE _before_t (zeta, extra, id, p);\n${whole}`,
    'it is run in a transaction': `PRAGMA foreign_keys = ON;\nINSERT INTO parents VALUES (7);\nBEGIN;\n${without('PRAGMA foreign_keys')}COMMIT;\n`,
  }
  for (const [what, text] of Object.entries(cases)) {
    const file = join(folder, `${what}.db`)
    spawnSync('sqlite3', [file], { input: IS })
    const { stderr } = spawnSync('sqlite3', [file], { input: text, encoding: 'utf8' })
    assert.match(stderr, /t cannot be made anew, and is as it was/, what)
    const { rows, before, other } = rowsOf(file)
    assert.deepEqual([rows, before ?? [], other], [BEFORE, [], [{ t_id: 2 }]], what)
  }
})
