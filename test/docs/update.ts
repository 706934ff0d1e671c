import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { chaptersOf, checkChapter, DOCUMENTS, readDocument, whyNot } from './documents.ts'
import { merged } from './merge.ts'
import { root } from './scenario.ts'

// Puts what commands print now into documents that show something else; the diff is for people to judge.
for (const document of process.argv.length > 2 ? process.argv.slice(2) : DOCUMENTS) {
  const lines = readDocument(document).split('\n')
  const changes: { first: number; end: number; output: string }[] = []
  for (const chapter of chaptersOf(document)) {
    if (whyNot(chapter)) console.error(`${chapter.title}: ${whyNot(chapter)}`)
    else {
      for (const { place, message, lines: at, output } of await checkChapter(chapter)) {
        console.error(`${place}\n${message}\n`)
        if (at && output !== undefined) changes.push({ first: at[0], end: at[1], output })
      }
    }
  }
  for (const { first, end, output } of changes.toReversed()) {
    lines.splice(first, end - first, ...merged(lines.slice(first, end), output))
  }
  writeFileSync(join(root, document), lines.join('\n'))
}
