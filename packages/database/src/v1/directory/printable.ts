// C0, DEL and C1, line ends, marks that turn the direction of text (Unicode's bidirectional controls), half characters.
const UNSAFE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those that no terminal may get.
  /[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Cs}/gu

/** Names, ids and messages are anything: what a terminal would act on is written as its number, `\u001b`. */
export const printable = (text: string): string =>
  text.replace(UNSAFE, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
