import { displayWidth } from './width.ts'

/** A text in lines of at most `width` columns, broken between words; a longer word has a line of its own. */
export function wrap(text: string, width: number): string {
  const lines = text.split('\n').flatMap((paragraph) => {
    const wrapped = ['']
    for (const word of paragraph.split(' ')) {
      const line = wrapped.at(-1) ?? ''
      const longer = line ? `${line} ${word}` : word
      if (line && displayWidth(longer) > width) wrapped.push(word)
      else wrapped[wrapped.length - 1] = longer
    }
    return wrapped
  })
  return lines.join('\n')
}

/** Explanations narrower than this stand below what they explain. */
const NARROWEST = 24

/** A term and what it means beside it, aligned with others at `termWidth`. */
export function explained(term: string, termWidth: number, text: string, width: number): string {
  const indent = termWidth + 4
  if (width - indent < NARROWEST) return `  ${term}\n${indented(text, 6, width)}`
  return `  ${term.padEnd(termWidth)}  ${indented(text, indent, width).trimStart()}`
}

/** A text, wrapped, each line of it indented. */
export const indented = (text: string, indent: number, width: number): string =>
  wrap(text, width - indent).replace(/^/gm, ' '.repeat(indent))
