import { type Directive, type HeaderName, invalid } from './sql-directives.ts'
import { nearest } from './version.ts'

/** What the lines before `-- migrate:up` declare; a key is missing where its line is. */
export interface SqlHeaders {
  readonly description?: string
  readonly dependsOn?: readonly string[]
  readonly phase?: 'expand' | 'contract'
  readonly foreignKeys?: 'enforced' | 'checked'
  readonly shrinks?: readonly string[]
}

type ReadHeader = (directive: Directive, source: string) => SqlHeaders

const READERS: Record<HeaderName, ReadHeader> = {
  description: (directive, source) => ({ description: text(directive, source) }),
  'depends-on': (directive, source) => ({
    dependsOn: directive.value === 'none' ? [] : list(directive, source),
  }),
  phase: (directive, source) => ({ phase: choice(directive, source, ['expand', 'contract']) }),
  'foreign-keys': (directive, source) => ({
    foreignKeys: choice(directive, source, ['enforced', 'checked']),
  }),
  shrinks: (directive, source) => ({ shrinks: list(directive, source) }),
}

export const isHeader = (name: string): name is HeaderName => Object.hasOwn(READERS, name)

/** What a header line declares. Throws MIGRATION_INVALID. */
export const readHeader = (name: HeaderName, directive: Directive, source: string): SqlHeaders =>
  READERS[name](directive, source)

function text(directive: Directive, source: string): string {
  if (directive.value) return directive.value
  throw invalid(source, directive.offset, {
    message: `migrate:${directive.name} says nothing.`,
    hint: `Write the ${directive.name} after it on the same line, or remove the line.`,
  })
}

function choice<T extends string>(directive: Directive, source: string, choices: readonly T[]): T {
  const found = choices.find((known) => known === directive.value)
  if (found) return found
  const near = nearest(directive.value.toLowerCase(), choices)
  throw invalid(source, directive.valueOffset, {
    message: `migrate:${directive.name} is ${choices.join(' or ')}, not "${directive.value}".`,
    hint: near && directive.value ? `Is ${near} meant?` : `Write one of ${choices.join(', ')}.`,
  })
}

function list(directive: Directive, source: string): string[] {
  const names = text(directive, source)
    .split(',')
    .map((name) => name.trim())
  const wrong = names.find((name, index) => !/^\S+$/.test(name) || names.indexOf(name) !== index)
  if (wrong !== undefined || (names.includes('none') && directive.name === 'depends-on')) {
    throw invalid(source, directive.valueOffset, {
      message: `migrate:${directive.name} is not a list of names, each once, with commas between them.`,
      hint: `Write -- migrate:${directive.name} first, second`,
    })
  }
  return names
}
