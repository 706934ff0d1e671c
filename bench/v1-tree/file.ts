import { closeSync, mkdirSync, openSync, symlinkSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Rows of V2, by table. */
export type Rows = Readonly<Record<string, number>>

/** What was put into a file. */
export interface Written {
  readonly bytes: number
  /** Elements of its list. */
  readonly items: number
}

/** A file of V1, as text that is made while it is written. */
export interface V1File {
  readonly kind: 'text'
  /** Below its user's folder, with slashes. */
  readonly name: string
  readonly before: string
  /** The texts of its list's elements, the same ones each time; null for a file that is one record. */
  readonly items: (() => Iterable<string>) | null
  readonly after: string
  /** What it comes to in V2. */
  readonly rows: (written: Written) => Rows
}

/** A symbolic link where a file should be. */
export interface V1Link {
  readonly kind: 'link'
  readonly name: string
  readonly target: string
}

/** A file that is one record. */
export const whole = (name: string, text: string, rows: Rows = {}): V1File => ({
  kind: 'text',
  name,
  before: text,
  items: null,
  after: '',
  rows: () => rows,
})

/** As V1 writes JSON. */
export const pretty = (value: unknown): string => JSON.stringify(value, null, 2)

/** An element of a list, on a line of its own and as deep as it stands. */
export const element = (value: unknown, depth: number): string => {
  const margin = `\n${'  '.repeat(depth)}`
  return margin + pretty(value).replaceAll('\n', margin)
}

/** The sum of both. */
export function addRows(a: Rows, b: Rows): Rows {
  const sum: Record<string, number> = { ...a }
  for (const [table, rows] of Object.entries(b)) sum[table] = (sum[table] ?? 0) + rows
  return sum
}

const BUFFER = 250_000

/** Writes the file below `folder`, with little of it in memory. */
export function writeFile(folder: string, file: V1File): Written {
  const path = join(folder, file.name)
  mkdirSync(dirname(path), { recursive: true })
  const handle = openSync(path, 'w')
  let text = ''
  let bytes = 0
  let items = 0
  const flush = (): void => {
    const data = Buffer.from(text)
    text = ''
    for (let at = 0; at < data.length; ) at += writeSync(handle, data, at)
    bytes += data.length
  }
  try {
    text = file.before
    for (const item of file.items?.() ?? []) {
      text += items ? `,${item}` : item
      items += 1
      if (text.length >= BUFFER) flush()
    }
    text += file.after
    flush()
  } finally {
    closeSync(handle)
  }
  return { bytes, items }
}

export function writeLink(folder: string, { name, target }: V1Link): void {
  mkdirSync(folder, { recursive: true })
  symlinkSync(target, join(folder, name))
}
