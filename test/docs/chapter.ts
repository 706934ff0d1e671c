import { type Block, type Chapter, consoleCommands } from './blocks.ts'
import { difference } from './compare.ts'
import type { Scenario } from './scenario.ts'

/** Something that a document shows and that is not so. */
export interface Mismatch {
  /** `docs/guide.md:120` */
  readonly place: string
  readonly message: string
  /** The lines of the document that should show `output` instead, from 0. */
  readonly lines?: readonly [first: number, end: number]
  readonly output?: string
}

/** Runs a chapter's blocks from top to bottom. Returns all that the document shows wrongly. */
export async function runChapter(chapter: Chapter, scenario: Scenario): Promise<Mismatch[]> {
  const mismatches: Mismatch[] = []
  for (const [index, block] of chapter.blocks.entries()) {
    if (block.notRun !== undefined) continue
    if (block.file !== undefined) scenario.write(block.file, block.text)
    else mismatches.push(...(await runBlock(chapter.document, block, index, scenario)))
  }
  return mismatches
}

async function runBlock(
  document: string,
  block: Block,
  index: number,
  scenario: Scenario,
): Promise<Mismatch[]> {
  switch (block.kind) {
    case 'console':
      return runConsole(document, block, scenario)
    case 'sh':
    case 'setup': {
      const { failed, output, status } = await scenario.run(block.text)
      if (failed === null && status === 0) return []
      const place = `${document}:${block.line}`
      return [{ place, message: `${failed ?? 'The block'} ended with ${status}:\n${output}` }]
    }
    case 'ts':
    case 'sql': {
      const file = `block-${index}.${block.kind}`
      scenario.write(file, block.text)
      const path = `'${scenario.folder}/${file}'`
      return runProgram(
        document,
        block,
        scenario,
        block.kind === 'ts' ? `node ${path}` : `node "$REPOSITORY/test/docs/setup/sql.ts" ${path}`,
      )
    }
    case 'shown':
      return []
  }
}

async function runConsole(document: string, block: Block, scenario: Scenario): Promise<Mismatch[]> {
  const mismatches: Mismatch[] = []
  for (const { command, output, first, end } of consoleCommands(block.text)) {
    const ran = await scenario.run(command)
    const place = `${document}:${block.line + first}`
    const start = block.line - 1 + end - output.length
    mismatches.push(...compared(place, `$ ${command}`, output, ran.output, start))
  }
  return mismatches
}

async function runProgram(
  document: string,
  { output, line }: Block,
  scenario: Scenario,
  command: string,
): Promise<Mismatch[]> {
  const ran = await scenario.run(command)
  const place = `${document}:${line}`
  if (ran.status !== 0) return [{ place, message: `It ended with ${ran.status}:\n${ran.output}` }]
  if (!output) return []
  const shown = output.text ? output.text.split('\n') : []
  return compared(place, 'It prints:', shown, ran.output, output.line - 1)
}

function compared(
  place: string,
  title: string,
  shown: readonly string[],
  output: string,
  start: number,
): Mismatch[] {
  const found = difference(shown, output)
  if (found === null) return []
  const message = `${title}\n${found}`
  return [{ place, message, lines: [start, start + shown.length], output }]
}
