import type { Expectation } from '../../src/config/expectations.ts'

/** `tag` names `leaf`, and no foreign key says so. */
export const EXPECTED: readonly Expectation[] = [
  {
    kind: 'relation',
    table: 'tag',
    columns: ['leaf'],
    references: 'leaf',
    referencesColumns: ['code'],
  },
]

/** One leaf and one pair (left and right, which name each other) name a root that is gone; tags belong to the leaf. */
const common = [
  "INSERT INTO root VALUES ('there')",
  'INSERT INTO "right" VALUES (1, 1), (2, 2)',
  `INSERT INTO "left" VALUES (1, 1, 'there'), (2, 2, 'gone')`,
  "INSERT INTO tag VALUES ('here', 'kept'), ('GONE', 'same'), ('GONE', 'same')",
]

const reads = [
  'SELECT * FROM leaf ORDER BY code',
  'SELECT * FROM tag ORDER BY leaf, label',
  'SELECT * FROM "left" ORDER BY id',
  'SELECT * FROM "right" ORDER BY id',
]

export const SHAPES = {
  sqlite: {
    tables: `-- migrate:up
CREATE TABLE root (code TEXT PRIMARY KEY COLLATE NOCASE) WITHOUT ROWID;
CREATE TABLE leaf (code TEXT NOT NULL, root TEXT REFERENCES root (code) ON DELETE RESTRICT, "odd ""name" ANY, b BLOB,
  PRIMARY KEY (code)) STRICT, WITHOUT ROWID;
CREATE TABLE tag (leaf TEXT, label TEXT);
CREATE TABLE "left" (id INTEGER PRIMARY KEY, right_id INTEGER NOT NULL REFERENCES "right" (id) ON DELETE CASCADE,
  root TEXT REFERENCES root (code) ON DELETE CASCADE);
CREATE TABLE "right" (id INTEGER PRIMARY KEY, left_id INTEGER NOT NULL REFERENCES "left" (id) ON DELETE CASCADE);
`,
    rows: [
      ...common,
      "INSERT INTO leaf VALUES ('here', 'THERE', 1.5, NULL), ('GONE', 'gone', '007', x'00ff')",
    ],
    reads: [...reads, 'SELECT typeof("odd ""name") AS type, hex(b) AS b FROM leaf ORDER BY code'],
  },
  postgres: {
    tables: `-- migrate:up
CREATE TABLE root (code TEXT PRIMARY KEY);
CREATE TABLE leaf (code TEXT PRIMARY KEY, root TEXT REFERENCES root (code) ON DELETE RESTRICT,
  "odd ""name" JSON, id BIGINT GENERATED ALWAYS AS IDENTITY, at TIMESTAMPTZ, n NUMERIC, list INTEGER[], b BYTEA);
CREATE TABLE tag (leaf TEXT, label TEXT);
CREATE TABLE "left" (id INTEGER PRIMARY KEY, right_id INTEGER NOT NULL, root TEXT REFERENCES root (code) ON DELETE CASCADE);
CREATE TABLE "right" (id INTEGER PRIMARY KEY, left_id INTEGER NOT NULL REFERENCES "left" (id) ON DELETE CASCADE);
ALTER TABLE "left" ADD FOREIGN KEY (right_id) REFERENCES "right" (id) ON DELETE CASCADE;
`,
    rows: [
      ...common,
      `INSERT INTO leaf VALUES ('here', 'there', '{"a": 1}', DEFAULT, now(), 1.50, '{1,2}', NULL),
        ('GONE', 'gone', '{"a":  1, "a": 2}', DEFAULT, '2020-01-01 00:00:00.123456+00', 1e-20, '{}', '\\x00ff')`,
    ],
    reads: [
      ...reads,
      'SELECT "odd ""name"::text AS odd, at::text AS at, n::text AS n FROM leaf ORDER BY code',
    ],
  },
} as const

/** What removes rows of `stock` with those of `part`. */
export const TRIGGER = {
  sqlite: ['CREATE TRIGGER part_gone AFTER DELETE ON part BEGIN DELETE FROM stock; END'],
  postgres: [
    `CREATE FUNCTION part_gone() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN DELETE FROM stock; RETURN NULL; END'`,
    'CREATE TRIGGER part_gone AFTER DELETE ON part FOR EACH ROW EXECUTE FUNCTION part_gone()',
  ],
} as const
