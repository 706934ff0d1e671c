import { stripVTControlCharacters } from 'node:util'

// what terminals show in two columns: https://www.unicode.org/reports/tr11/, by script
const WIDE =
  /[\p{Emoji_Presentation}\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]/u
// ASCII, Latin, Cyrillic, dashes and dots, arrows, boxes, our marks: one column each, none joins another; the segmenter
// takes 12 ms to load
const NARROW =
  /^[\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff\u0400-\u0482\u2010-\u2027\u2190-\u21ff\u2500-\u25f7\u2713\u2717]*$/

let segmenter: Intl.Segmenter | undefined

function graphemes(text: string): Iterable<Intl.SegmentData> {
  segmenter ??= new Intl.Segmenter()
  return segmenter.segment(text)
}

const graphemeWidth = (grapheme: string): number => (WIDE.test(grapheme) ? 2 : 1)

/** How many columns a text takes on a terminal; colours take none. */
export function displayWidth(text: string): number {
  if (NARROW.test(text)) return text.length
  let width = 0
  for (const { segment } of graphemes(stripVTControlCharacters(text))) {
    width += graphemeWidth(segment)
  }
  return width
}

/** The text in at most `width` columns, its end cut to `…` where it is longer. Takes no colours. */
export function truncate(text: string, width: number): string {
  if (displayWidth(text) <= width) return text
  let kept = ''
  let used = 0
  for (const { segment } of graphemes(text)) {
    used += graphemeWidth(segment)
    if (used > width - 1) break
    kept += segment
  }
  return `${kept.trimEnd()}…`
}

/** Makes one safe line of a text that comes from a file or a database: nothing in it may steer the terminal. */
export const oneLine = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
  stripVTControlCharacters(text).replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]+/g, ' ')
