/** Gives numbers from 0 up to 1. */
export type Random = () => number

/** Mulberry32: the same numbers for the same seed. */
export function seeded(seed: number): Random {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** One of them. */
export const pick = <T>(random: Random, some: readonly T[]): T =>
  some[Math.floor(random() * some.length)] as T
