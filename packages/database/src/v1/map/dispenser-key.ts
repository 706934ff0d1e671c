/** What a dispenser is called. */
export interface Name {
  /** Its number, or what stands for it. */
  readonly name: string
  /** Null where it has none, and where that is the name. */
  readonly serial: string | null
}

/** A text between the slashes of an id, escaped as in a JSON pointer: `1/2` is `1~12`. */
export const part = (text: string): string => text.replaceAll('~', '~0').replaceAll('/', '~1')

const keyOf = (...parts: readonly (string | number)[]): string =>
  parts.map((one) => part(String(one))).join('/')

/**
 * The key of a dispenser that stands among the others of its work order: its number, with the serial
 * number where that number is `taken`, and counted where both are (`4//2`). Adds it to `taken`.
 */
export function freeKey({ name, serial }: Name, taken: Set<string>): string {
  let key = keyOf(name)
  if (taken.has(key) && serial !== null) key = keyOf(name, serial)
  for (let count = 2; taken.has(key); count++) key = keyOf(name, serial ?? '', count)
  taken.add(key)
  return key
}

/**
 * The key of a dispenser that stands alone: `//` and its own id, or else its number and its serial
 * number. No name is empty, so neither is the other.
 */
export const loneKey =
  (ownId: string | null) =>
  ({ name, serial }: Name): string => {
    if (ownId !== null) return keyOf('', ownId)
    return serial === null ? keyOf(name) : keyOf(name, serial)
  }
