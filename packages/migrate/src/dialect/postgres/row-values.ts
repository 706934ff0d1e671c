import type { DatabaseError } from 'pg'

/** Classes of errors that quote rows: data exceptions, violated constraints, WITH CHECK OPTION. */
const QUOTES_ROWS = /^(22|23|44)/

/** Errors whose message itself quotes a value: it has no valid spelling, or is out of range. */
const QUOTES_VALUE = /^(22P02|22003|22007|22008)$/

/**
 * What the server said, without the values of rows: they belong in no error, event or journal. Where they are quoted,
 * constraint, table and column stand instead. The error itself loses them as well, since it is passed on as a cause.
 */
export function withoutRowValues(error: DatabaseError & { code: string }): string {
  // with a position the value is one that the statement spells out
  if (!QUOTES_ROWS.test(error.code) || error.position) return said(error, error.detail)
  if (QUOTES_VALUE.test(error.code)) {
    const { message } = error
    // greedy: a value may have quotes in it
    error.message = message.replace(/".*"/s, '"…"')
    if (error.stack) error.stack = error.stack.replace(message, () => error.message)
  }
  error.detail = undefined
  error.where = undefined
  return said(error, placeOf(error))
}

const said = ({ message, code }: DatabaseError, more: string | undefined): string =>
  [`${message} (${code})`, more].filter(Boolean).join('. ')

const placeOf = ({ constraint, schema, table, column }: DatabaseError): string =>
  [
    constraint && `constraint ${constraint}`,
    table && `table ${schema ? `${schema}.` : ''}${table}`,
    column && `column ${column}`,
  ]
    .filter(Boolean)
    .join(', ')
    .replace(/^./, (first) => first.toUpperCase())
