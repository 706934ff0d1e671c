import type { Expectation } from '../../src/config/expectations.ts'

/** Tables that are odd to move: each has a row that names no `p`, and some have rows that belong to it. */
export const ODD = `-- migrate:up
CREATE TABLE p (id INTEGER PRIMARY KEY);
CREATE TABLE tree (id VARCHAR(9) PRIMARY KEY, parent VARCHAR(9) REFERENCES tree (id));
CREATE TABLE u ("Id" INTEGER NOT NULL, p_id INTEGER REFERENCES p (id));
CREATE UNIQUE INDEX "U1" ON u ("Id");
CREATE TABLE u_part (u_id INTEGER REFERENCES u ("Id"));
CREATE TABLE timed (id INTEGER PRIMARY KEY, p_id INTEGER REFERENCES p (id), quarantined_at VARCHAR(9));
CREATE TABLE q1 (id INTEGER PRIMARY KEY, p_id INTEGER REFERENCES p (id));
CREATE TABLE quarantine_q1 (id INTEGER PRIMARY KEY);
CREATE TABLE twice (n INTEGER, p_id INTEGER REFERENCES p (id),
  it INTEGER NOT NULL GENERATED ALWAYS AS (n * 2) STORED UNIQUE);
CREATE TABLE thrice (id INTEGER PRIMARY KEY, p_id INTEGER REFERENCES p (id),
  it INTEGER NOT NULL GENERATED ALWAYS AS (id * 3) STORED UNIQUE);
CREATE TABLE thrice_part (it INTEGER REFERENCES thrice (it));
`

export const ODD_ROWS: readonly string[] = [
  "INSERT INTO tree VALUES ('a', 'gone'), ('b', 'a'), ('kept', NULL)",
  'INSERT INTO u VALUES (1, 9), (2, NULL)',
  'INSERT INTO u_part VALUES (1), (1), (2)',
  "INSERT INTO timed VALUES (1, 9, 'noon')",
  'INSERT INTO q1 VALUES (1, 9)',
  'INSERT INTO twice (n, p_id) VALUES (1, 9), (2, NULL)',
  'INSERT INTO thrice (id, p_id) VALUES (1, 9)',
  'INSERT INTO thrice_part VALUES (3)',
]

/** A key may be NULL on SQLite, in many rows. */
export const WITHOUT_KEY = "INSERT INTO tree VALUES (NULL, 'a'), (NULL, 'kept'), (NULL, NULL)"

/** Each has a row that names no `p`; `yin` and `yang` name each other. */
export const RETURNING = `-- migrate:up
CREATE TABLE p (id INTEGER PRIMARY KEY);
CREATE TABLE clash (id INTEGER PRIMARY KEY, p_id INTEGER REFERENCES p (id), label VARCHAR(9), live INTEGER);
CREATE UNIQUE INDEX one_live ON clash (label) WHERE live = 1;
CREATE TABLE grown (id INTEGER PRIMARY KEY, p_id INTEGER REFERENCES p (id));
CREATE TABLE shut (id INTEGER PRIMARY KEY, p_id INTEGER REFERENCES p (id));
CREATE TABLE part (id INTEGER PRIMARY KEY, shut_id INTEGER REFERENCES shut (id));
CREATE TABLE yin (id INTEGER PRIMARY KEY, p_id INTEGER REFERENCES p (id), yang_id INTEGER);
CREATE TABLE yang (id INTEGER PRIMARY KEY, yin_id INTEGER REFERENCES yin (id));
`

export const YIN: readonly Expectation[] = [
  {
    kind: 'relation',
    table: 'yin',
    columns: ['yang_id'],
    references: 'yang',
    referencesColumns: ['id'],
  },
]

export const RETURNING_ROWS: readonly string[] = [
  "INSERT INTO clash VALUES (1, 9, 'one', 1)",
  'INSERT INTO grown VALUES (1, 9)',
  'INSERT INTO shut VALUES (1, 9)',
  'INSERT INTO part VALUES (1, 1)',
  'INSERT INTO yin VALUES (1, 9, 1)',
  'INSERT INTO yang VALUES (1, 1)',
]

/** What has happened meanwhile. */
export const SINCE = [
  'INSERT INTO p VALUES (9)',
  "INSERT INTO clash VALUES (2, 9, 'one', 1)",
  'DROP TABLE grown',
  'CREATE TABLE grown (id INTEGER PRIMARY KEY, p_id INTEGER, fresh INTEGER NOT NULL)',
  'CREATE VIEW lost AS SELECT id FROM quarantine_yang',
]

export const SHUT = {
  sqlite: [
    "CREATE TRIGGER shut_now BEFORE INSERT ON shut BEGIN SELECT RAISE(ABORT, 'it is shut'); END",
  ],
  postgres: [
    `CREATE FUNCTION shut_now() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''it is shut''; END'`,
    'CREATE TRIGGER shut_now BEFORE INSERT ON shut FOR EACH ROW EXECUTE FUNCTION shut_now()',
  ],
} as const
