import assert from 'node:assert/strict'
import { test } from 'node:test'
import { copiesRows, sayingOf } from '../../src/dialect/postgres/backup/confined.ts'
import { scanScript } from '../../src/dialect/postgres/backup/script-scan.ts'

/** Its statements, each with its line, read in pieces of so many bytes. */
async function scanned(sql: string, bytes: number): Promise<string[]> {
  const whole = Buffer.from(sql)
  const seen: string[] = []
  await scanScript(
    (async function* () {
      for (let at = 0; at < whole.length; at += bytes) yield whole.subarray(at, at + bytes)
    })(),
    (statement) => {
      seen.push(`${statement.line}${statement.isNested ? ' nested' : ''}: ${sayingOf(statement)}`)
      return copiesRows(statement)
    },
  )
  return seen
}

const SCRIPT = `-- a comment; DROP
SELECT 'it''s; \\', $tag$ ; ' $tag$; /* /* ; */ ' */ SELECT "a;""b"
  FROM x;
SELECT E'a\\'; -- ' -- no end
  -- still the same string
  'b\\'; c';
COPY public.t (a, "b") FROM stdin;
DROP DATABASE x;
'\\.
\\\\.
\\.

COPY é FROM stdin;\r
\\.\r
CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 2 END; END;
GRANT SELECT (a, b) ON t TO PUBLIC;
CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2);
SELECT 1`

const STATEMENTS = [
  "2: select '' , ''",
  '2: select "" from x',
  "4: select ''",
  '7: copy public . t from stdin',
  '13: copy ã© from stdin',
  '15: create function f returns int begin atomic select 1',
  '15 nested: select case when true then 2 end',
  '15 nested: end',
  '16: grant select on t to public',
  '17: create rule r as on insert to t do',
  '17 nested: select 2',
  '18: select 1',
]

test('a script is read as psql reads it, wherever its pieces end', async () => {
  for (const bytes of [1, 2, 3, 7, 50, 10_000]) {
    assert.deepEqual(await scanned(SCRIPT, bytes), STATEMENTS, `${bytes}`)
  }
})

test('commands of psql are refused by their line, and what has no end', async () => {
  await assert.rejects(scanned('SELECT 1;\n\\! ls\n', 4), {
    code: 'RESTORE_FAILED',
    message: /command of psql in line 2/,
  })
  for (const cut of ["SELECT 'a", 'SELECT "a', 'SELECT $a$', '/* x', 'COPY t FROM stdin;\n1\n']) {
    await assert.rejects(scanned(cut, 4), { code: 'BACKUP_DAMAGED' }, cut)
  }
  await assert.rejects(scanned('COPY t FROM stdin; SELECT 1;\n\\.\n', 9), {
    code: 'RESTORE_FAILED',
    message: /more behind a COPY in line 1/,
  })
})

test('rows and long values take no time that grows with their square', async () => {
  const rows = `COPY t FROM stdin;\n${'x'.repeat(20_000_000)}\n\\.\n`
  const value = `SELECT '${'x'.repeat(20_000_000)}';\n`
  assert.deepEqual(await scanned(rows + value, 4096), ['1: copy t from stdin', "4: select ''"])
})
