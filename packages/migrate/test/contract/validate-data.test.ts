import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { databases } from '../../../../test/support/databases.ts'
import type { Expectation } from '../../src/config/expectations.ts'
import type { Finding } from '../../src/finding.ts'
import { createProject, type Project } from './project.ts'

const SCHEMA = `-- migrate:up
CREATE TABLE people (id INTEGER PRIMARY KEY, email VARCHAR(12), boss INTEGER REFERENCES people (id));
CREATE TABLE sites (region VARCHAR(9) NOT NULL, code INTEGER NOT NULL, label TEXT, PRIMARY KEY (region, code));
CREATE TABLE visits (id INTEGER PRIMARY KEY, person INTEGER REFERENCES people (id), region VARCHAR(9), code INTEGER,
  site_label TEXT, status VARCHAR(9), planned TIMESTAMP, details TEXT, chosen BOOLEAN,
  FOREIGN KEY (region, code) REFERENCES sites (region, code));
CREATE INDEX visits_person ON visits (person);
CREATE INDEX people_email ON people (email);
CREATE TABLE rules (id INTEGER PRIMARY KEY, name VARCHAR(20) NOT NULL UNIQUE, is_active BOOLEAN);
-- migrate:down
DROP TABLE rules; DROP TABLE visits; DROP TABLE sites; DROP TABLE people;
`

const ROWS = [
  "INSERT INTO people (id, email, boss) VALUES (1, 'ana@x.org', NULL), (2, 'ben@x.org', 1)",
  "INSERT INTO sites (region, code, label) VALUES ('north', 1, 'Gate'), ('south', 1, NULL)",
  `INSERT INTO visits (id, person, region, code, site_label, status, planned, details, chosen) VALUES
     (1, 1, 'north', 1, 'Gate', 'open', '2025-02-28 10:00:00', '{"a": [1, null]}', true),
     (2, 2, NULL, 7, NULL, NULL, NULL, NULL, false), (3, NULL, 'south', NULL, 'Gate', 'done', '2026-01-01', '[]', NULL)`,
  "INSERT INTO rules (id, name, is_active) VALUES (1, 'login', true), (2, 'search', true)",
]

const EXPECTED: readonly Expectation[] = [
  {
    kind: 'relation',
    table: 'visits',
    columns: ['site_label'],
    references: 'sites',
    referencesColumns: ['label'],
  },
  { kind: 'required', table: 'people', columns: ['email', 'not_there'] },
  { kind: 'json', table: 'visits', columns: ['details'] },
  { kind: 'values', table: 'visits', column: 'status', values: ['open', 'done'] },
  { kind: 'dates', table: 'visits', columns: ['planned'], from: '2000-01-01', days: 400 },
  { kind: 'single', table: 'visits', column: 'chosen' },
  { kind: 'required', table: 'not_there', columns: ['id'] },
  {
    kind: 'rows',
    category: 'security',
    name: 'rules',
    table: 'rules',
    key: 'name',
    rows: [{ name: 'login' }, { name: 'search' }],
    active: 'is_active',
  },
]

/** Statements that an application's own rules would refuse. */
async function unguarded(project: Project, ...statements: string[]): Promise<void> {
  const isSqlite = project.url.startsWith('sqlite:')
  const off = isSqlite ? 'PRAGMA foreign_keys = OFF' : 'SET session_replication_role = replica'
  await project.query([off, ...statements].join(';'))
}

const told = (findings: readonly Finding[]) =>
  findings.map(({ code, category, at, count, examples }) => {
    const place = `${code} ${category} ${at?.object}`
    return [place, count, examples?.toSorted().join('; ')]
  })

for (const kind of databases) {
  describe(`rows on ${kind.name}`, { skip: kind.skip }, () => {
    test('nothing is found where all is sound; each fault is found once, by its category, with place, count and examples', async (t) => {
      const project = await createProject(t, kind, { 'v1.sql': SCHEMA })
      const migrator = await project.open({ expectations: EXPECTED, backup: 'off' })
      await migrator.migrate()
      for (const statement of ROWS) await project.query(statement)
      const categories = ['constraints', 'data', 'security'] as const
      const sound = await migrator.validate({ categories })
      assert.deepEqual(told(sound.findings.filter(({ severity }) => severity !== 'info')), [])

      await unguarded(
        project,
        'UPDATE visits SET person = 9 WHERE id IN (1, 2)',
        "UPDATE visits SET code = 2, site_label = 'Door' WHERE id = 1",
        "UPDATE people SET email = '' WHERE id = 2",
        'UPDATE people SET boss = 7 WHERE id = 1',
        'UPDATE visits SET details = \'{"a": \' WHERE id = 3',
        "UPDATE visits SET status = 'opn' WHERE id = 3",
        "UPDATE visits SET planned = '1925-02-28 10:00:00' WHERE id = 1",
        'UPDATE visits SET chosen = true',
        "DELETE FROM rules WHERE name = 'login'",
        'UPDATE rules SET is_active = NULL',
      )
      const found = await migrator.validate({ categories })
      const expected = [
        ['ORPHANS constraints people.boss -> people', 1, 'id 1'],
        ['ORPHANS constraints visits.person -> people', 2, 'id 1; id 2'],
        ['ORPHANS constraints visits.region,code -> sites', 1, 'id 1'],
        ['ORPHANS data visits.site_label -> sites', 1, 'id 1'],
        ['VALUE_MISSING data people.email', 1, 'id 2'],
        ['JSON_INVALID data visits.details', 1, 'id 3'],
        ['VALUE_UNKNOWN data visits.status', 1, 'id 3'],
        ['DATE_INVALID data visits.planned', 1, 'id 1'],
        ['SEVERAL_ACTIVE data visits.chosen', 3, 'id 1; id 2; id 3'],
        ['ROW_MISSING security rules', 1, 'name login'],
        ['ROW_INACTIVE security rules', 1, 'name search'],
      ]
      const faults = found.findings.filter(({ severity }) => severity !== 'info')
      const byPlace = (rows: unknown[][]) =>
        rows.sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1))
      assert.deepEqual(byPlace(told(faults)), byPlace(expected))
      assert.deepEqual(faults.find(({ at }) => at?.object?.startsWith('visits.region'))?.mend, {
        kind: 'quarantine',
        table: 'visits',
        columns: ['region', 'code'],
        references: 'sites',
        referencesColumns: ['region', 'code'],
      })

      // the statement that shows them is one that can be run
      const { fix = '' } = faults.find(({ at }) => at?.object === 'visits.person -> people') ?? {}
      const shown = await project.query(fix.slice(fix.indexOf('SELECT')))
      assert.deepEqual(new Set(shown.map(({ id }) => id)), new Set([1, 2]))

      const alone = await migrator.validate({ categories: ['data'] })
      const orphans = alone.findings.filter(({ code }) => code === 'ORPHANS')
      assert.deepEqual(new Set(orphans.map(({ category }) => category)), new Set(['data']))
      assert.equal(orphans.length, 4)
    })

    test('a sample looks at some rows only, and says so', async (t) => {
      const project = await createProject(t, kind, { 'v1.sql': SCHEMA })
      const migrator = await project.open({ expectations: EXPECTED, backup: 'off' })
      await migrator.migrate()
      const numbers =
        kind.dialect === 'sqlite'
          ? 'WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 5000) SELECT n FROM s'
          : 'SELECT n FROM generate_series(1, 5000) AS n'
      await project.query(
        `INSERT INTO people (id, email) SELECT n, '' FROM (${numbers}) AS numbers`,
      )
      if (kind.dialect === 'postgres') await project.query('ANALYZE people')
      const { checks, findings } = await migrator.validate({ categories: ['data'], sample: 100 })
      const [empty] = findings.filter(({ code }) => code === 'VALUE_MISSING')
      assert.ok(empty?.count && empty.count > 40 && empty.count < 200, String(empty?.count))
      assert.match(empty.message, /looked at/)
      assert.equal(empty.examples?.length, 3)
      assert.match(checks.find(({ name }) => name === 'required fields')?.note ?? '', /sample/)
    })
  })
}

describe('what SQLite keeps and PostgreSQL would refuse', () => {
  const [sqlite] = databases
  test('is found by type, length, JSON and date', { skip: sqlite?.skip }, async (t) => {
    if (!sqlite) return
    const project = await createProject(t, sqlite, {
      'v1.sql': `-- migrate:up
CREATE TABLE things (id INTEGER PRIMARY KEY, short VARCHAR(3), whole INTEGER, part FLOAT, yes BOOLEAN, at DATETIME, j JSON);
CREATE TABLE pairs (a TEXT NOT NULL, b TEXT NOT NULL, at TIMESTAMP, PRIMARY KEY (a, b)) WITHOUT ROWID;
-- migrate:down
DROP TABLE pairs; DROP TABLE things;
`,
    })
    const migrator = await project.open({ backup: 'off' })
    await migrator.migrate()
    const good = "'äöü', 5, 1.5, 1, '2025-01-31T23:00:00.5-02:00', '5'"
    const columns = 'short, whole, part, yes, at, j'
    await project.query(
      `INSERT INTO things (${columns}) VALUES (${good}), (NULL, NULL, 2, 0, NULL, NULL)`,
    )
    await project.query("INSERT INTO pairs VALUES ('x', 'y', '2024-02-29 00:00:00')")
    assert.deepEqual(told((await migrator.validate({ categories: ['data'] })).findings), [])
    await project.query(
      `INSERT INTO things (${columns}) VALUES ('abcd', 'five', 'x', 'true', '2025-02-30', '{'), (x'00', 1.5, NULL, 2, 'now', NULL)`,
    )
    await project.query("INSERT INTO pairs VALUES ('x', 'z', '29/02/2024')")
    assert.deepEqual(told((await migrator.validate({ categories: ['data'] })).findings), [
      ['JSON_INVALID data things.j', 1, 'id 3'],
      ['DATE_INVALID data pairs.at', 1, 'a x, b z'],
      ['DATE_INVALID data things.at', 2, 'id 3; id 4'],
      ['VALUE_MISTYPED data things.part', 1, 'id 3'],
      ['VALUE_TOO_LONG data things.short', 1, 'id 3'],
      ['VALUE_MISTYPED data things.short', 1, 'id 4'],
      ['VALUE_MISTYPED data things.whole', 2, 'id 3; id 4'],
      ['VALUE_MISTYPED data things.yes', 2, 'id 3; id 4'],
    ])
    // the first and the last number
    const { findings } = await migrator.validate({ categories: ['data'], sample: 2 })
    const things = told(findings).filter(([place]) => String(place).includes('things'))
    assert.deepEqual(new Set(things.map(([, , examples]) => examples)), new Set(['id 4']))
  })
})
