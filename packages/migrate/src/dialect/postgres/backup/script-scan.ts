import { MigrateError } from '../../../errors.ts'
import { isBlank, type Token, tokens } from '../../../sql/tokens.ts'
import { psqlNesting } from './psql-nesting.ts'

/** A statement as far as it tells what it is. */
export interface ScannedStatement {
  /** Its first tokens outside of parentheses, as written, blanks left out. */
  readonly head: readonly Token[]
  /** Where it begins, from 1. */
  readonly line: number
  /** Whether psql takes it for a part of a longer one. */
  readonly isNested: boolean
}

/** A statement's tokens that are kept. */
const HEAD_TOKENS = 64
/** Latin 1 characters of one literal, which V8 cannot have many more of in one string. */
const LONGEST_LITERAL = 2 ** 28

/**
 * Calls `onStatement` for each statement of a SQL text, as psql would send them; where it says that rows follow
 * (COPY … FROM stdin), reading goes on behind them. The text is Latin 1, a character a byte, as psql reads it whatever
 * its encoding, as long as no byte of a longer character is one of ASCII's. Memory is that of the longest literal.
 * Throws RESTORE_FAILED for a command of psql, BACKUP_DAMAGED where the text ends inside of something.
 */
export async function scanScript(
  pieces: AsyncIterable<Buffer>,
  onStatement: (statement: ScannedStatement) => boolean,
): Promise<void> {
  const scanner = createScanner(onStatement)
  for await (const piece of pieces) scanner.add(piece.toString('latin1'))
  scanner.end()
}

function createScanner(onStatement: (statement: ScannedStatement) => boolean) {
  /** What was not read yet. Of rows it begins before a line break. */
  let text = ''
  /** Line breaks before `counted` are in `line`. */
  let line = 1
  let counted = 0
  let inRows = false
  /** As much text as it takes for a second try to be worth while. */
  let wanted = 0
  let head: Token[] = []
  let depth = 0
  let startLine = 0
  let wasNested = false
  let nesting = psqlNesting()

  const lineAt = (end: number): number => {
    line += text.slice(counted, end).split('\n').length - 1
    counted = end
    return line
  }
  const drop = (end: number): void => {
    lineAt(end)
    text = text.slice(end)
    counted = 0
  }

  function finish(): void {
    if (startLine > 0) inRows = onStatement({ head, line: startLine, isNested: wasNested })
    wasNested = nesting.isNested()
    if (!wasNested) nesting = psqlNesting()
    head = []
    depth = 0
    startLine = 0
  }

  function see(token: Token): void {
    if (token.text === '\\') throw commandOfPsql(lineAt(token.start))
    if (token.text === ';') {
      finish()
      return
    }
    if (startLine === 0) startLine = lineAt(token.start)
    nesting.see(token)
    if (token.text === ')') depth = Math.max(0, depth - 1)
    else if (token.text === '(') depth++
    else if (depth === 0 && head.length < HEAD_TOKENS) head.push(token)
  }

  /** Reads whole lines up to where rows follow, or to the end; says how far, since something may go on. */
  function readLines(lines: string, atEnd: boolean): number {
    let done = 0
    // a string goes on behind a line break
    let held: Token | undefined
    try {
      for (const token of tokens(lines, 'postgres')) {
        if (isBlank(token)) continue
        if (held) see(held)
        held = token.kind === 'string' ? token : undefined
        done = held?.start ?? token.end
        if (!held) see(token)
        if (inRows) return endOfLine(lines, done)
      }
    } catch (error) {
      if (!(error instanceof MigrateError) || error.code !== 'MIGRATION_UNPARSABLE') throw error
      if (atEnd) throw unended(error)
      return done
    }
    if (!atEnd) return held?.start ?? lines.length
    if (held) see(held)
    return lines.length
  }

  function endOfLine(lines: string, from: number): number {
    const end = lines.indexOf('\n', from)
    if (end >= 0 && /^[ \t\r]*$/.test(lines.slice(from, end))) return end
    throw new MigrateError('RESTORE_FAILED', {
      message: `The dump has more behind a COPY in line ${lineAt(from)} than its rows; nothing of it was run.`,
      hint: 'Look at that line. A dump that pg_dump made has nothing there.',
    })
  }

  /** False where the rows go on. */
  function skipRows(): boolean {
    const end = END_OF_ROWS.exec(text)
    // what could begin the end
    drop(end ? end.index + end[0].length : Math.max(0, text.length - 4))
    inRows = end === null
    return !inRows
  }

  function advance(atEnd: boolean): void {
    if (inRows && !skipRows()) return
    for (;;) {
      const lines = atEnd ? text : text.slice(0, text.lastIndexOf('\n') + 1)
      drop(lines ? readLines(lines, atEnd) : 0)
      if (!inRows) break
      if (!skipRows()) return
    }
    wanted = 2 * text.length
  }

  return {
    add(piece: string): void {
      if (piece.includes('\0')) throw damaged('It has a character 0x00, which no SQL has')
      if (text.length > LONGEST_LITERAL) throw tooLong(lineAt(0))
      text += piece
      if (inRows || text.length >= wanted) advance(false)
    },
    end(): void {
      advance(true)
      if (inRows) throw damaged('It ends within the rows of a COPY')
      finish()
    },
  }
}

/** psql looks for it in whole lines, whatever the encoding. */
const END_OF_ROWS = /\n\\\.\r?\n/

const commandOfPsql = (line: number): MigrateError =>
  new MigrateError('RESTORE_FAILED', {
    message: `The dump has a command of psql in line ${line}, which could run any program on this machine; it was not run.`,
    hint: 'Look at that line. A dump that pg_dump made without --create has none.',
  })

const tooLong = (line: number): MigrateError =>
  new MigrateError('RESTORE_FAILED', {
    message: `The dump has a value or a comment of more than ${LONGEST_LITERAL} bytes from line ${line} on, which is too long to be looked at; nothing of it was run.`,
    hint: 'Dump with pg_dump -Fc.',
  })

const unended = (cause: MigrateError): MigrateError =>
  damaged('It ends within a string, a name or a comment', cause)

const damaged = (what: string, cause?: MigrateError): MigrateError =>
  new MigrateError('BACKUP_DAMAGED', { message: `The dump cannot be read: ${what}.`, cause })
