import type { DialectName } from '../dialect/port.ts'
import { canonicalSql } from '../sql/canonical.ts'
import { type Statement, splitTokens } from '../sql/split.ts'
import type { Token } from '../sql/tokens.ts'
import { type Directive, invalid } from './sql-directives.ts'
import { nearest } from './version.ts'

export interface SqlSection {
  /** Offsets count in the whole file. */
  readonly statements: readonly Statement[]
  readonly transaction: boolean
}

/** A stretch of the file: a directive and the tokens up to the next one. */
export interface Section {
  readonly directive: Directive
  readonly tokens: Token[]
}

/** What a section says. Throws MIGRATION_INVALID for a wrong option, and for COMMIT and its like in a transaction. */
export function sectionOf(section: Section, source: string, dialect: DialectName): SqlSection {
  const transaction = transactionOption(section.directive, source)
  const statements = splitTokens(source, section.tokens, dialect)
  if (transaction) refuseTransactionControl(statements, source, dialect)
  return { statements, transaction }
}

function transactionOption(directive: Directive, source: string): boolean {
  let transaction: boolean | undefined
  for (const option of directive.value.matchAll(/\S+/g)) {
    const offset = directive.valueOffset + option.index
    const [text] = option
    if (text !== 'transaction:true' && text !== 'transaction:false') {
      const near = nearest(text.toLowerCase(), ['transaction:true', 'transaction:false'])
      throw invalid(source, offset, {
        message: `-- migrate:${directive.name} has no option ${text}.`,
        hint: near
          ? `Is ${near} meant?`
          : 'The options are transaction:false and transaction:true.',
      })
    }
    if (transaction !== undefined) {
      throw invalid(source, offset, {
        message: `-- migrate:${directive.name} has the option transaction twice.`,
        hint: 'Keep one.',
      })
    }
    transaction = text === 'transaction:true'
  }
  return transaction ?? true
}

const MAYBE_CONTROL = /^(?:begin|start|commit|end|rollback|abort|prepare)\b/i
const CONTROL =
  /^(?:begin|start transaction|commit|end|abort|prepare transaction|rollback(?! (?:(?:work|transaction) )?to ))\b/

function refuseTransactionControl(
  statements: readonly Statement[],
  source: string,
  dialect: DialectName,
): void {
  for (const { text, offset } of statements) {
    if (!MAYBE_CONTROL.test(text)) continue
    const control = CONTROL.exec(canonicalSql(text, dialect))
    if (!control) continue
    throw invalid(source, offset, {
      message: `${control[0].toUpperCase()} would break out of the transaction that the section runs in.`,
      hint: 'Remove it: the section commits as a whole or not at all. Where it must not, write transaction:false after the directive.',
    })
  }
}
