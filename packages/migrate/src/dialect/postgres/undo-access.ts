import type { Fact } from '../../schema/snapshot.ts'
import { listOf, qualified, quote, tableOf, textIn } from './fact-names.ts'

/**
 * The GRANT, REVOKE or ALTER … OWNER TO that puts a `grant` or `owner` fact right. Null for an owner that is unexpected:
 * it goes with what it owns.
 */
export function undoAccess(wanted: Fact | undefined, actual: Fact | undefined): string[] | null {
  const fact = (wanted ?? actual) as Fact
  if (fact.kind === 'owner') {
    if (!wanted) return null
    return [
      `ALTER ${String(wanted.is.on).toUpperCase()} ${objectOf(wanted)} OWNER TO ${quote(String(wanted.is.role))}`,
    ]
  }
  const byDefault = listOf(fact, 'byDefault')
  const should = wanted ? listOf(wanted, 'privileges') : byDefault
  const is = actual ? listOf(actual, 'privileges') : byDefault
  const [shouldGrant, mayGrant] = [listOf(wanted, 'grantable'), listOf(actual, 'grantable')]
  const revoked = without(is, should)
  return [
    ...revoke(fact, revoked, ''),
    ...revoke(fact, without(mayGrant, [...shouldGrant, ...revoked]), 'GRANT OPTION FOR '),
    ...grant(fact, without(without(should, is), shouldGrant), ''),
    ...grant(fact, without(shouldGrant, mayGrant), ' WITH GRANT OPTION'),
  ]
}

/** The rights and owners among the parts of something that was made anew. */
export const grantStatements = (parts: readonly Fact[]): string[] =>
  (['owner', 'grant'] as const).flatMap((kind) =>
    parts.filter((fact) => fact.kind === kind).flatMap((fact) => undoAccess(fact, undefined) ?? []),
  )

const without = (all: readonly string[], some: readonly string[]): string[] =>
  all.filter((privilege) => !some.includes(privilege))

const grant = (fact: Fact, privileges: readonly string[], option: string): string[] =>
  privileges.length > 0
    ? [`${scope(fact)}GRANT ${rights(fact, privileges)} TO ${grantee(fact)}${option}`]
    : []

const revoke = (fact: Fact, privileges: readonly string[], option: string): string[] =>
  privileges.length > 0
    ? [`${scope(fact)}REVOKE ${option}${rights(fact, privileges)} FROM ${grantee(fact)}`]
    : []

/** What stands before GRANT for what is still to come. */
function scope({ is }: Fact): string {
  if (is.on !== 'default') return ''
  const within = is.within === undefined ? '' : ` IN SCHEMA ${quote(String(is.within))}`
  return `ALTER DEFAULT PRIVILEGES FOR ROLE ${quote(String(is.role))}${within} `
}

/** `SELECT, UPDATE ON TABLE users`, of a column `SELECT (email) ON TABLE users`. */
function rights(fact: Fact, privileges: readonly string[]): string {
  const column = textIn(fact, 'column')
  const list = privileges.map((privilege) =>
    column === null ? privilege : `${privilege} (${quote(column)})`,
  )
  return `${list.join(', ')} ON ${target(fact)}`
}

function target(fact: Fact): string {
  const on = String(fact.is.on)
  if (on === 'default') return String(fact.is.what).toUpperCase()
  // GRANT says TABLE for all that can be read like one
  const sort = ['sequence', 'schema', 'routine'].includes(on) ? on.toUpperCase() : 'TABLE'
  return `${sort} ${objectOf(fact)}`
}

function objectOf(fact: Fact): string {
  if (fact.table !== null) return tableOf(fact)
  const object = String(fact.is.object)
  const open = fact.is.on === 'routine' ? object.indexOf('(') : object.length
  return qualified(fact, object.slice(0, open)) + object.slice(open)
}

const grantee = ({ is }: Fact): string =>
  is.grantee === 'PUBLIC' ? 'PUBLIC' : quote(String(is.grantee))
