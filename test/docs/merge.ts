import { sameLine, trimmed } from './compare.ts'

const OMITTED = '…'

/**
 * What a document should show in place of `shown`, now that `output` comes: its own lines wherever they still hold, so
 * that nothing changes that only varies, and its `…` with what that stands for.
 */
export function merged(shown: readonly string[], output: string): string[] {
  const actual = trimmed(output.split('\n'))
  const common = lengths(shown, actual)
  const at = (row: number, column: number): number => common[row]?.[column] ?? 0
  const lines: string[] = []
  let [row, column] = [0, 0]
  let isOmitting = false
  while (row < shown.length || column < actual.length) {
    const [line, came] = [shown[row], actual[column]]
    if (line?.trim() === OMITTED) {
      lines.push(line)
      isOmitting = true
      row++
    } else if (line !== undefined && came !== undefined && sameLine(line, came)) {
      lines.push(line)
      isOmitting = false
      row++
      column++
    } else if (came !== undefined && at(row, column + 1) >= at(row + 1, column)) {
      if (!isOmitting) lines.push(came)
      column++
    } else {
      row++
    }
  }
  return lines
}

/** How many lines the rest of one has in common with the rest of the other, for each place in both. */
function lengths(shown: readonly string[], actual: readonly string[]): number[][] {
  const table = Array.from({ length: shown.length + 1 }, () =>
    new Array<number>(actual.length + 1).fill(0),
  )
  for (let row = shown.length - 1; row >= 0; row--) {
    for (let column = actual.length - 1; column >= 0; column--) {
      const [here, below] = [table[row] as number[], table[row + 1] as number[]]
      here[column] = sameLine(shown[row] as string, actual[column] as string)
        ? (below[column + 1] as number) + 1
        : Math.max(below[column] as number, here[column + 1] as number)
    }
  }
  return table
}
