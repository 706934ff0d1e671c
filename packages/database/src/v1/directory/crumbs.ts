/** V1 has about twenty characters from one comma to the next; what has less than these is nothing that V1 wrote. */
const FEWEST_CHARACTERS = 8
/** So many do no harm. */
const HARMLESS = 100_000

/**
 * Whether something of this size falls into so many pieces that they say next to nothing: `[{},{},…]` comes to millions of
 * records, which take many times its size in memory and hours to bring nowhere.
 */
export const isCrumbs = (pieces: number, size: number): boolean =>
  pieces > HARMLESS && size < pieces * FEWEST_CHARACTERS

/** Of a JSON text; a comma in a string counts too, of which prose has fewer. */
export function isTextCrumbs(text: string): boolean {
  if (text.length <= HARMLESS) return false
  let commas = 0
  for (let at = text.indexOf(','); at >= 0; at = text.indexOf(',', at + 1)) commas++
  return isCrumbs(commas, text.length)
}

export const CRUMBS = 'It consists of more and smaller pieces than anything that V1 writes'
