import type { SourceFile } from './sources.ts'

const MAX_LINES = 300

/** Files past 300 lines: each perhaps two rooms in one. */
export function checkLength(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path, text }) => {
    const lines = text.split('\n').length - 1
    return lines > MAX_LINES ? [`${path} has ${lines} lines, more than ${MAX_LINES}`] : []
  })
}

/** The library never prints, exits or reads argv: only `cli/` does. */
export function checkProcess(files: readonly SourceFile[]): string[] {
  return files
    .filter(({ path }) => /^packages\/migrate\/src\/(?!cli\/)/.test(path))
    .flatMap(({ path, text }) => {
      const found = /\bprocess\.(argv|exit|exitCode|stdout|stderr|stdin)\b|\bconsole\./.exec(text)
      return found ? [`${path} uses ${found[0]}, which only cli/ may`] : []
    })
}

/** What is not finished is not committed. */
export function checkMarks(files: readonly SourceFile[]): string[] {
  const marks = new RegExp(`\b(TO${'DO'}|FIX${'ME'}|${'X'.repeat(3)}|HA${'CK'})\b`)
  return files.flatMap(({ path, text }) => {
    const found = marks.exec(text)
    return found ? [`${path} has a ${found[0]}`] : []
  })
}
