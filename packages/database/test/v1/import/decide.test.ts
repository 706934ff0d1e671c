import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KnownRecord } from '../../../src/v1/import/books.ts'
import { type Circumstances, decide } from '../../../src/v1/import/decide.ts'
import type { Outcome } from '../../../src/v1/record.ts'

/** V1's record as it was imported, and what it says now. */
const OLD = { digest: 'V1 old', rowDigest: 'row old' }
const NEW = { digest: 'V1 new', rowDigest: 'row new' }
/** What V2 made of it by itself. */
const OTHER = 'row of V2'

const knownAs = (outcome: Outcome): KnownRecord =>
  ({ ...OLD, outcome, targetId: '7', fileId: 1 }) as KnownRecord
const row = (digest: string) => ({ id: '7', digest })

interface Case {
  readonly name: string
  readonly known?: Outcome
  readonly existing?: string
  readonly isNew?: boolean
  readonly keep: string
  /** What `--on-conflict replace` makes of it; the same where it is not told. */
  readonly replace?: string
  /** What it comes to where the known record is of this very import; the same where it is not told. */
  readonly ours?: string
}

const CASES: readonly Case[] = [
  { name: 'nobody has it', isNew: true, keep: 'imported insert -' },
  { name: 'V2 has the same', isNew: true, existing: NEW.rowDigest, keep: 'unchanged record 7' },
  {
    name: 'V2 has another one',
    isNew: true,
    existing: OTHER,
    keep: 'conflict record 7',
    replace: 'imported update 7',
  },
  {
    name: 'imported, V1 says the same, V2 as well',
    known: 'imported',
    existing: OLD.rowDigest,
    keep: 'unchanged nothing 7',
    ours: 'imported nothing 7',
  },
  {
    name: 'imported, V1 says the same, V2 has changed it',
    known: 'imported',
    existing: OTHER,
    keep: 'unchanged nothing 7',
    ours: 'imported nothing 7',
  },
  {
    name: 'imported, V1 says the same, V2 has removed it',
    known: 'imported',
    keep: 'unchanged nothing 7',
    ours: 'imported nothing 7',
  },
  {
    name: 'imported, V1 has changed it',
    known: 'imported',
    isNew: true,
    existing: OLD.rowDigest,
    keep: 'imported update 7',
  },
  {
    name: 'unchanged, V1 has changed it',
    known: 'unchanged',
    isNew: true,
    existing: OLD.rowDigest,
    keep: 'imported update 7',
  },
  {
    name: 'imported, both have changed it alike',
    known: 'imported',
    isNew: true,
    existing: NEW.rowDigest,
    keep: 'unchanged record 7',
  },
  {
    name: 'imported, both have changed it',
    known: 'imported',
    isNew: true,
    existing: OTHER,
    keep: 'conflict record 7',
    replace: 'imported update 7',
  },
  {
    name: 'imported, V1 has changed what V2 has removed',
    known: 'imported',
    isNew: true,
    keep: 'conflict record 7',
    replace: 'imported insert -',
  },
  {
    name: 'a conflict, and nothing has changed',
    known: 'conflict',
    existing: OTHER,
    keep: 'conflict nothing 7',
    replace: 'imported update 7',
  },
  {
    name: 'a conflict, and V1 has changed again',
    known: 'conflict',
    isNew: true,
    existing: OTHER,
    keep: 'conflict record 7',
    replace: 'imported update 7',
  },
  {
    name: "a conflict, and V2 has V1's now",
    known: 'conflict',
    existing: OLD.rowDigest,
    keep: 'unchanged record 7',
  },
  {
    name: 'a conflict that V2 has removed',
    known: 'conflict',
    keep: 'conflict nothing 7',
    replace: 'imported insert -',
  },
  {
    // what V1 once said stands there by chance: it was never imported
    name: 'a conflict, and V1 has changed while V2 has what it said',
    known: 'conflict',
    isNew: true,
    existing: OLD.rowDigest,
    keep: 'conflict record 7',
    replace: 'imported update 7',
  },
]

function outcomeOf(one: Case, more: Pick<Circumstances, 'replace' | 'isOurs'>): string {
  const { outcome, write, targetId } = decide(
    { isRepeat: false, ...(one.isNew ? NEW : OLD) },
    {
      known: one.known && knownAs(one.known),
      existing: one.existing === undefined ? undefined : row(one.existing),
      isRetry: false,
      ...more,
    },
  )
  return `${outcome} ${write} ${targetId ?? '-'}`
}

for (const one of CASES) {
  test(`what becomes of a record: ${one.name}`, () => {
    const { keep, replace = keep, ours = keep } = one
    assert.equal(outcomeOf(one, { replace: false, isOurs: false }), keep)
    assert.equal(outcomeOf(one, { replace: true, isOurs: false }), replace)
    if (one.known) assert.equal(outcomeOf(one, { replace: false, isOurs: true }), ours)
  })
}

test('what is there twice, or cannot be imported, is written down once', () => {
  const about = { existing: undefined, isOurs: false, replace: true, isRetry: false }
  for (const [candidate, outcome] of [
    [{ ...NEW, isRepeat: true }, 'merged'],
    [{ ...NEW, isRepeat: false, rowDigest: null }, 'quarantined'],
  ] as const) {
    const first = decide(candidate, { ...about, known: undefined })
    assert.deepEqual(first, { outcome, write: 'record', targetId: null })
    const known = { ...knownAs(outcome), digest: NEW.digest }
    assert.equal(decide(candidate, { ...about, known }).write, 'nothing')
    assert.equal(decide(candidate, { ...about, known: knownAs(outcome) }).write, 'record')
  }
})

test('what comes back from the quarantine gives way to what was imported since', () => {
  const at = { known: knownAs('imported'), existing: row('x'), isOurs: false, replace: true }
  const old = { ...NEW, isRepeat: false }
  assert.deepEqual(decide(old, { ...at, isRetry: true }), {
    outcome: 'merged',
    write: 'nothing',
    targetId: null,
  })
  assert.equal(decide(old, { ...at, isRetry: false }).write, 'update')
})
