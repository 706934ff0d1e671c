import type { Fact } from '../../schema/snapshot.ts'
import { withOptions } from './create-table.ts'
import { listOf, literal, nameOf, quote, sortOf, tableOf, textIn } from './fact-names.ts'

export function createType(type: Fact): string {
  const { is } = type
  switch (is.kind) {
    case 'enum':
      return `CREATE TYPE ${nameOf(type)} AS ENUM (${listOf(type, 'labels').map(literal).join(', ')})`
    case 'domain':
      return [
        `CREATE DOMAIN ${nameOf(type)} AS ${is.base}`,
        is.default === undefined ? '' : ` DEFAULT ${is.default}`,
        is.notNull ? ' NOT NULL' : '',
        ...listOf(type, 'checks').map((check) => ` ${domainCheck(check)}`),
      ].join('')
    case 'range':
      return `CREATE TYPE ${nameOf(type)} AS RANGE (SUBTYPE = ${is.subtype})`
    default:
      return `CREATE TYPE ${nameOf(type)} AS (${listOf(type, 'attributes').join(', ')})`
  }
}

/** A domain's check is kept as `name CHECK (…)`, the name without quotes. */
export const domainCheck = (check: string): string =>
  `CONSTRAINT ${quote(checkName(check))} ${check.slice(checkName(check).length + 1)}`

export const checkName = (check: string): string => check.slice(0, check.indexOf(' CHECK ('))

export const createSequence = (sequence: Fact): string =>
  `CREATE SEQUENCE ${nameOf(sequence)} ${sequenceOptions(sequence)}`

export const sequenceOptions = ({ is }: Fact): string =>
  `AS ${is.type} INCREMENT ${is.increment} MINVALUE ${is.minimum} MAXVALUE ${is.maximum} START ${is.start} CACHE ${is.cache} ${is.cycle ? 'CYCLE' : 'NO CYCLE'}`

/** Null for one in C, whose library no fact names. */
export function createFunction(routine: Fact, create = 'CREATE'): string | null {
  const { is } = routine
  if (is.language === 'c') return null
  const procedure = is.kind === 'procedure'
  const name = nameOf(routine).slice(0, nameOf(routine).indexOf('('))
  const words = [
    is.returns === undefined || procedure ? '' : `RETURNS ${is.returns}`,
    `LANGUAGE ${quote(String(is.language))}`,
    is.kind === 'window' ? 'WINDOW' : '',
    is.volatility === undefined || procedure ? '' : String(is.volatility).toUpperCase(),
    is.leakproof ? 'LEAKPROOF' : '',
    is.strict ? 'STRICT' : '',
    is.securityDefiner ? 'SECURITY DEFINER' : '',
    is.parallel === undefined || procedure ? '' : `PARALLEL ${String(is.parallel).toUpperCase()}`,
    ...listOf(routine, 'settings').map(settingText),
    is.parsed ? String(is.body) : `AS ${dollarQuoted(String(is.body ?? ''))}`,
  ]
  const kind = procedure ? 'PROCEDURE' : 'FUNCTION'
  return `${create} ${kind} ${name}(${is.parameters ?? ''}) ${words.filter(Boolean).join(' ')}`
}

/** These hold lists, in quotes already. */
const LISTS = /^(?:search_path|temp_tablespaces|(?:local|session|shared)_preload_libraries)$/

function settingText(setting: string): string {
  const at = setting.indexOf('=')
  const [name, value] = [setting.slice(0, at), setting.slice(at + 1)]
  return `SET ${name.split('.').map(quote).join('.')} TO ${LISTS.test(name) && value !== '' ? value : literal(value)}`
}

function dollarQuoted(body: string): string {
  let tag = '$$'
  for (let tries = 1; `${body}$`.includes(tag); tries++) tag = `$body${tries}$`
  return `${tag}${body}${tag}`
}

/** Null where only the comparable spelling is known, whose names say no more which table they belong to. */
export function createView(view: Fact, create = 'CREATE'): string | null {
  if (view.source === undefined) return null
  const options = withOptions(view)
  return `${create} ${sortOf(view)} ${nameOf(view)} ${options}${options && ' '}AS ${view.source}`
}

export const createTrigger = (trigger: Fact): string[] => [
  String(trigger.is.sql),
  ...(trigger.is.enabled === undefined ? [] : [enableTrigger(trigger)]),
]

const STATES: Readonly<Record<string, string>> = {
  never: 'DISABLE',
  'on replicas': 'ENABLE REPLICA',
  always: 'ENABLE ALWAYS',
}

/** Switches a trigger as the fact says: on, off, only on replicas, always. */
export const enableTrigger = (trigger: Fact): string =>
  `ALTER TABLE ${tableOf(trigger)} ${STATES[textIn(trigger, 'enabled') ?? ''] ?? 'ENABLE'} TRIGGER ${quote(trigger.name)}`

/** `name CMD[ restrictive] to roles[ using …][ check …]`, the names without quotes. */
const POLICY =
  /^(.*?) (ALL|SELECT|INSERT|UPDATE|DELETE)( restrictive)? to (.*?)(?: using (.*?))?(?: check (.*))?$/s

export function createPolicy(table: Fact, policy: string): string {
  const [, name = '', command, restrictive, roles = '', using, check] = POLICY.exec(policy) ?? []
  return [
    `CREATE POLICY ${quote(name)} ON ${nameOf(table)}`,
    restrictive === undefined ? '' : ' AS RESTRICTIVE',
    ` FOR ${command} TO ${roles.split(', ').map(roleName).join(', ')}`,
    using === undefined ? '' : ` USING (${using})`,
    check === undefined ? '' : ` WITH CHECK (${check})`,
  ].join('')
}

const roleName = (role: string): string => (role === 'public' ? 'PUBLIC' : quote(role))

export const dropPolicy = (table: Fact, policy: string): string =>
  `DROP POLICY ${quote(POLICY.exec(policy)?.[1] ?? policy)} ON ${nameOf(table)}`

export const rowSecurity = (table: Fact): string =>
  `ALTER TABLE ${nameOf(table)} ${table.is.rowSecurity ? 'ENABLE' : 'DISABLE'} ROW LEVEL SECURITY`
