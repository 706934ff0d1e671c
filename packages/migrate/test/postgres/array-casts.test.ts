import assert from 'node:assert/strict'
import { test } from 'node:test'
import { castElements } from '../../src/dialect/postgres/array-casts.ts'

/** As PostgreSQL 15 and 18 print them: before a dump, and after its restore. */
const SAME: readonly (readonly [before: string, after: string])[] = [
  [
    "((status)::text = ANY ((ARRAY['open'::character varying, 'it''s, ('::character varying])::text[]))",
    "((status)::text = ANY (ARRAY[('open'::character varying)::text, ('it''s, ('::character varying)::text]))",
  ],
  [
    "status::text <> ALL (ARRAY['a'::character varying(3), NULL::character varying]::text[])",
    "status::text <> ALL (ARRAY['a'::character varying(3)::text, NULL::character varying::text])",
  ],
  [
    "((q)::text = ANY ((ARRAY[(('x'::text || 'y'::text))::character varying])::text[]))",
    "((q)::text = ANY (ARRAY[((('x'::text || 'y'::text))::character varying)::text]))",
  ],
  [
    "q::text = ANY (ARRAY[('x'::text || 'y'::text)::character varying, 'z'::character varying]::text[])",
    "q::text = ANY (ARRAY[(('x'::text || 'y'::text)::character varying)::text, 'z'::character varying::text])",
  ],
  [
    "(n = ANY ((ARRAY[1, '-2'::integer, (a + 1)])::numeric[]))",
    "(n = ANY (ARRAY[(1)::numeric, ('-2'::integer)::numeric, ((a + 1))::numeric]))",
  ],
  ['n = ANY (ARRAY[1, a + 1]::numeric[])', 'n = ANY (ARRAY[1::numeric, (a + 1)::numeric])'],
  [
    "(w = ANY ((ARRAY[\nCASE\n    WHEN (a = ANY ((ARRAY[b, c])::text[])) THEN 'x'::character varying\n    ELSE NULL::character varying\nEND])::text[]))",
    "(w = ANY (ARRAY[(\nCASE\n    WHEN (a = ANY (ARRAY[(b)::text, (c)::text])) THEN 'x'::character varying\n    ELSE NULL::character varying\nEND)::text]))",
  ],
  [
    "(m = ((ARRAY[ARRAY['a'::character varying], ARRAY[t.b]])::text[]))",
    "(m = (ARRAY[ARRAY[('a'::character varying)::text], ARRAY[(t.b)::text]]))",
  ],
  [
    'f((ARRAY[a, lower(b)])::audit."Odd Type"[])',
    'f(ARRAY[(a)::audit."Odd Type", (lower(b))::audit."Odd Type"])',
  ],
  [
    '((ARRAY[a])::timestamp(3) without time zone[])',
    '(ARRAY[(a)::timestamp(3) without time zone])',
  ],
]

test('a cast of an array and the casts of its elements are one spelling', () => {
  for (const [before, after] of SAME) assert.equal(castElements(before), castElements(after))
  assert.equal(
    castElements(SAME[0]?.[0] ?? ''),
    "((status)::text = ANY (ARRAY['open'::character varying::text, 'it''s, ('::character varying::text]))",
  )
})

test('what is no such cast stays as it is', () => {
  for (const text of [
    "(a = ANY (ARRAY['p'::text, 'q'::text]))",
    '((e)::text = ANY ((ARRAY[]::character varying[])::text[]))',
    "(f(ARRAY['a'::text]))::text[]",
    "lower(ARRAY['a'::text])::text[]",
    "((ARRAY['a'::text, 'b'::text])[1])::character varying",
    "note <> '(ARRAY[1])::text[]'::text",
    'BEGIN ATOMIC\n SELECT ARRAY[x.a, (- b)] AS "CASE";\nEND',
  ]) {
    assert.equal(castElements(text), text)
  }
})
