/** What a fenced block is for; the conventions are in CONTRIBUTING.md. */
export type BlockKind = 'console' | 'sh' | 'ts' | 'sql' | 'setup' | 'shown'

export interface Block {
  readonly kind: BlockKind
  readonly text: string
  /** The line of its first line of text in the document, from 1. */
  readonly line: number
  /** Where the block is written instead of being run. */
  readonly file?: string
  /** Why it is not run. */
  readonly notRun?: string
  /** What a ts or sql block prints: a text block right after it. */
  readonly output?: { readonly text: string; readonly line: number }
}

/** What stands below one `##` heading; runs in a folder of its own. */
export interface Chapter {
  readonly document: string
  readonly title: string
  readonly blocks: readonly Block[]
}

const RUN: readonly string[] = ['console', 'sh', 'ts', 'sql']
/** Shown to the reader only. Others are refused, so that no block escapes by its name. */
const SHOWN: readonly string[] = ['text', 'json']

/** Divides a document into chapters with their blocks. Throws for what the conventions do not know. */
export function readChapters(document: string, source: string): Chapter[] {
  const lines = source.split('\n')
  const chapters: { title: string; blocks: Block[] }[] = [{ title: 'beginning', blocks: [] }]
  let notRun: string | undefined
  let adjacent = false
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] as string
    const blocks = chapters.at(-1)?.blocks as Block[]
    const fence = /^```(\w*)(?: file=(\S+))?\s*$/.exec(line)
    const reason = /^<!-- not run: (.+) -->$/.exec(line)?.[1]
    if (reason) notRun = reason
    else if (line === '<!-- setup') {
      const end = lines.indexOf('-->', at)
      blocks.push({ kind: 'setup', text: lines.slice(at + 1, end).join('\n'), line: at + 2 })
      at = end
    } else if (fence) {
      const end = lines.indexOf('```', at + 1)
      const [, language = '', file] = fence
      const text = lines.slice(at + 1, end).join('\n')
      const before = blocks.at(-1)
      if (language === 'text' && adjacent && (before?.kind === 'ts' || before?.kind === 'sql')) {
        blocks[blocks.length - 1] = { ...before, output: { text, line: at + 2 } }
      } else {
        const kind = kindOf(language, `${document}:${at + 1}`)
        blocks.push({ kind, text, line: at + 2, ...(file && { file }), ...(notRun && { notRun }) })
      }
      notRun = undefined
      adjacent = true
      at = end
    } else if (line.trimStart().startsWith('```')) {
      throw new Error(`${document}:${at + 1}: a fence is indented, or has words that mean nothing.`)
    } else if (line.startsWith('## ')) {
      chapters.push({ title: line.slice(3), blocks: [] })
    } else if (line.trim()) {
      adjacent = false
    }
  }
  return chapters
    .filter(({ blocks }) => blocks.some(({ kind }) => kind !== 'shown'))
    .map((chapter) => ({ document, ...chapter }))
}

function kindOf(language: string, place: string): BlockKind {
  if (RUN.includes(language)) return language as BlockKind
  if (SHOWN.includes(language)) return 'shown'
  throw new Error(
    `${place}: a block is ${[...RUN, ...SHOWN].join(', ')}, not "${language}": see CONTRIBUTING.md.`,
  )
}

export interface ConsoleCommand {
  readonly command: string
  readonly output: readonly string[]
  /** Lines of the block, from 0: of the command, and of what follows its output. */
  readonly first: number
  readonly end: number
}

/** A console block's commands, each with the output below it. A `\` at the end of a line continues a command. */
export function consoleCommands(text: string): ConsoleCommand[] {
  const lines = text.split('\n')
  const commands: ConsoleCommand[] = []
  for (let at = 0; at < lines.length; ) {
    const first = at
    if (!lines[at]?.startsWith('$ ')) throw new Error('A console block begins with "$ command".')
    while (lines[at]?.endsWith('\\')) at++
    const command = lines.slice(first, ++at).join('\n').slice(2)
    const start = at
    while (at < lines.length && !lines[at]?.startsWith('$ ')) at++
    commands.push({ command, output: lines.slice(start, at), first, end: at })
  }
  return commands
}
