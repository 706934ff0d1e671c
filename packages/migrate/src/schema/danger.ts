import { type Difference, factOf } from './diff.ts'
import type { Fact, FactKind } from './snapshot.ts'
import { isTuning } from './tuning.ts'

/** 'dangerous': data could be refused, lost or seen by others, or a later migration fails. */
export type Danger = 'dangerous' | 'harmless'

export interface Judgement {
  readonly danger: Danger
  /** What may come of it, as a sentence. */
  readonly why: string
}

const dangerous = (why: string): Judgement => ({ danger: 'dangerous', why })
const harmless = (why: string): Judgement => ({ danger: 'harmless', why })

const CONSTRAINT = 'Rows are refused, or taken, that were not before.'

const MISSING: Readonly<Record<FactKind, string>> = {
  table: 'Its rows are gone, and what uses it fails.',
  column: 'What it held is gone, and what uses it fails.',
  primary_key: 'Rows that are there already are no longer refused.',
  unique: 'Duplicates are no longer refused.',
  foreign_key: 'Rows that name no row are no longer refused.',
  check: 'What it refused is taken.',
  exclusion: 'What it refused is taken.',
  index: 'Queries take longer, and a migration that names it fails.',
  view: 'What reads it fails.',
  trigger: 'What it did on every change is not done.',
  function: 'What calls it fails.',
  sequence: 'What takes numbers from it fails.',
  type: 'What is of this type fails.',
  extension: 'What it brought is gone.',
  grant: 'What was done with this right is refused.',
  owner: 'It is not known who may change it.',
}

const DIFFERENT: Readonly<Record<FactKind, string>> = {
  table: 'Rows may be kept, or shown, in another way.',
  column: 'Values may be refused, or taken that were not before.',
  primary_key: CONSTRAINT,
  unique: CONSTRAINT,
  foreign_key: CONSTRAINT,
  check: CONSTRAINT,
  exclusion: CONSTRAINT,
  index: 'Queries may take longer; a unique one may take duplicates, or refuse rows.',
  view: 'What reads it gets something else.',
  trigger: 'Something else is done on every change, or nothing.',
  function: 'What calls it gets something else.',
  sequence: 'Its numbers may run out or come again.',
  type: 'Values may be refused, or taken that were not before.',
  extension: 'Another version of it is installed.',
  grant: 'Somebody may do more with it than before, or less.',
  owner: 'Somebody else may change and drop it.',
}

const STRANGER = 'No migration depends on it.'

const UNEXPECTED: Readonly<Record<FactKind, (fact: Fact) => Judgement>> = {
  table: () => harmless(STRANGER),
  column: (column) =>
    isToBeFilled(column)
      ? dangerous('Rows that do not fill it are refused.')
      : harmless('Rows are taken without it.'),
  primary_key: () => dangerous('Rows may be refused.'),
  unique: () => dangerous('Duplicates are refused.'),
  foreign_key: () => dangerous('Rows may be refused, and deletes.'),
  check: () => dangerous('Rows may be refused.'),
  exclusion: () => dangerous('Rows may be refused.'),
  index: ({ is }) =>
    is.unique === true
      ? dangerous('Duplicates are refused.')
      : harmless('It takes room, and time when rows are written.'),
  view: () => harmless(STRANGER),
  trigger: () => dangerous('It may refuse or change what is written.'),
  function: () => harmless(STRANGER),
  sequence: () => harmless(STRANGER),
  type: () => harmless(STRANGER),
  extension: () => harmless(STRANGER),
  grant: ({ is }) =>
    // what somebody had without a GRANT was taken from them
    Array.isArray(is.privileges) && is.privileges.length === 0
      ? dangerous(MISSING.grant)
      : dangerous('Others may see or change what they could not before.'),
  owner: () => harmless(STRANGER),
}

/** Whether a row must bring a value for the column. */
const isToBeFilled = ({ is }: Fact): boolean =>
  is.notNull === true && (is.default ?? is.generated ?? is.identity ?? null) === null

/** What may come of a difference from what was left. */
export function judge(difference: Difference): Judgement {
  const fact = factOf(difference)
  switch (difference.kind) {
    case 'missing':
      return dangerous(MISSING[fact.kind])
    case 'different':
      if (isTuning(difference)) return harmless('It takes and shows the same rows.')
      return fact.kind === 'extension'
        ? harmless(DIFFERENT.extension)
        : dangerous(DIFFERENT[fact.kind])
    case 'unexpected':
      return UNEXPECTED[fact.kind](fact)
  }
}
