import * as v from 'valibot'
import { CATEGORIES } from '../finding.ts'
import type { Expectation } from './expectations.ts'
import type { ProjectCheck } from './project-check.ts'

const name = v.pipe(v.string(), v.minLength(1))
const names = v.pipe(v.array(name), v.minLength(1))
const value = v.nullable(v.union([v.string(), v.number(), v.boolean()]))

/** A configuration's {@link Expectation}. */
export const expectation: v.GenericSchema<Expectation> = v.variant('kind', [
  v.strictObject({
    kind: v.literal('relation'),
    table: name,
    columns: names,
    references: name,
    referencesColumns: names,
  }),
  v.strictObject({ kind: v.literal('required'), table: name, columns: names }),
  v.strictObject({ kind: v.literal('json'), table: name, columns: names }),
  v.strictObject({ kind: v.literal('values'), table: name, column: name, values: names }),
  v.strictObject({
    kind: v.literal('dates'),
    table: name,
    columns: names,
    from: v.pipe(v.string(), v.isoDate()),
    days: v.pipe(v.number(), v.integer(), v.minValue(0)),
  }),
  v.strictObject({ kind: v.literal('single'), table: name, column: name }),
  v.strictObject({
    kind: v.literal('rows'),
    category: v.picklist(['data', 'security']),
    name,
    table: name,
    key: name,
    rows: v.array(v.record(v.string(), value)),
    active: name,
  }),
])

/** A configuration's {@link ProjectCheck}. */
export const projectCheck: v.GenericSchema<ProjectCheck> = v.strictObject({
  category: v.picklist(CATEGORIES),
  name,
  needs: v.array(name),
  run: v.custom<ProjectCheck['run']>((run) => typeof run === 'function'),
})
