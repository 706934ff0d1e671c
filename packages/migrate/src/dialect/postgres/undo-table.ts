import type { Fact } from '../../schema/snapshot.ts'
import { checkName, createPolicy, domainCheck, dropPolicy, rowSecurity } from './create-object.ts'
import { attachPartition, optionText } from './create-table.ts'
import { listOf, literal, nameOf, quote } from './fact-names.ts'

/** Null where the table would have to be made anew: another partition key, a foreign table. */
export function undoTable(wanted: Fact, actual: Fact): string[] | null {
  const same = (part: string): boolean => wanted.is[part] === actual.is[part]
  if (!same('foreign') || !same('partitionedBy')) return null
  const table = nameOf(wanted)
  const policies = changesIn(wanted, actual, 'policies')
  const parents = changesIn(wanted, actual, 'inherits')
  const options = changesIn(wanted, actual, 'options')
  const set = options.missing.map(optionText)
  const reset = options.unexpected
    .map(optionName)
    .filter((name) => !options.missing.some((option) => optionName(option) === name))
  const moved = !same('partitionOf') || !same('bound')
  return [
    ...(moved && actual.is.partitionOf !== undefined
      ? [`ALTER TABLE ${actual.is.partitionOf} DETACH PARTITION ${table}`]
      : []),
    ...(moved && wanted.is.partitionOf !== undefined ? [attachPartition(wanted)] : []),
    ...parents.unexpected.map((parent) => `ALTER TABLE ${table} NO INHERIT ${parent}`),
    ...parents.missing.map((parent) => `ALTER TABLE ${table} INHERIT ${parent}`),
    ...(same('persistence')
      ? []
      : [`ALTER TABLE ${table} SET ${wanted.is.persistence ? 'UNLOGGED' : 'LOGGED'}`]),
    ...(reset.length > 0 ? [`ALTER TABLE ${table} RESET (${reset.join(', ')})`] : []),
    ...(set.length > 0 ? [`ALTER TABLE ${table} SET (${set.join(', ')})`] : []),
    ...policies.unexpected.map((policy) => dropPolicy(actual, policy)),
    ...policies.missing.map((policy) => createPolicy(wanted, policy)),
    // last: rows must not be hidden before they may be seen
    ...(same('rowSecurity') ? [] : [rowSecurity(wanted)]),
  ]
}

/** Null for what ALTER TYPE and ALTER DOMAIN cannot do. */
export function undoType(wanted: Fact, actual: Fact): string[] | null {
  if (wanted.is.kind !== actual.is.kind) return null
  switch (wanted.is.kind) {
    case 'enum':
      return addLabels(wanted, listOf(actual, 'labels'))
    case 'domain':
      return undoDomain(wanted, actual)
    case 'composite':
      return undoComposite(wanted, actual)
    default:
      return null
  }
}

/** A label cannot be removed. */
function addLabels(wanted: Fact, there: readonly string[]): string[] | null {
  const labels = listOf(wanted, 'labels')
  if (labels.filter((label) => there.includes(label)).join() !== there.join()) return null
  return labels.flatMap((label, at) => {
    if (there.includes(label)) return []
    const before = labels[at - 1]
    const next = there[0]
    const place =
      before !== undefined
        ? ` AFTER ${literal(before)}`
        : next === undefined
          ? ''
          : ` BEFORE ${literal(next)}`
    return [`ALTER TYPE ${nameOf(wanted)} ADD VALUE ${literal(label)}${place}`]
  })
}

function undoDomain(wanted: Fact, actual: Fact): string[] | null {
  if (wanted.is.base !== actual.is.base) return null
  const domain = `ALTER DOMAIN ${nameOf(wanted)}`
  const checks = changesIn(wanted, actual, 'checks')
  return [
    ...checks.unexpected.map((check) => `${domain} DROP CONSTRAINT ${quote(checkName(check))}`),
    ...checks.missing.map((check) => `${domain} ADD ${domainCheck(check)}`),
    ...(wanted.is.default === actual.is.default
      ? []
      : [
          wanted.is.default === undefined
            ? `${domain} DROP DEFAULT`
            : `${domain} SET DEFAULT ${wanted.is.default}`,
        ]),
    ...(wanted.is.notNull === actual.is.notNull
      ? []
      : [`${domain} ${wanted.is.notNull ? 'SET' : 'DROP'} NOT NULL`]),
  ]
}

/** Attributes come and go at the end only, and a table that uses the type keeps ALTER TYPE from what changes rows. */
function undoComposite(wanted: Fact, actual: Fact): string[] | null {
  const { missing, unexpected } = changesIn(wanted, actual, 'attributes')
  const kept = listOf(actual, 'attributes').filter((attribute) => !unexpected.includes(attribute))
  if ([...kept, ...missing].join('\n') !== listOf(wanted, 'attributes').join('\n')) return null
  const type = `ALTER TYPE ${nameOf(wanted)}`
  return [
    ...unexpected.map((attribute) => `${type} DROP ATTRIBUTE ${attributeName(attribute)}`),
    ...missing.map((attribute) => `${type} ADD ATTRIBUTE ${attribute}`),
  ]
}

/** Quoted where it needs to be, as it is kept: `"two words" text`. */
const attributeName = (attribute: string): string =>
  /^(?:"(?:[^"]|"")*"|\S+)/.exec(attribute)?.[0] ?? attribute

const optionName = (option: string): string => option.slice(0, option.indexOf('='))

function changesIn(wanted: Fact, actual: Fact, part: string) {
  const [should, is] = [listOf(wanted, part), listOf(actual, part)]
  return {
    missing: should.filter((item) => !is.includes(item)),
    unexpected: is.filter((item) => !should.includes(item)),
  }
}
