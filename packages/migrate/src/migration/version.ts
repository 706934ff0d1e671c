import { basename, extname } from 'node:path'

/** The longest version that the journal's column holds. */
export const MAX_VERSION_LENGTH = 255

/** A migration's version: its file name without extension, so that a .ts and its built .js are one. */
export const versionOf = (path: string): string => basename(path, extname(path))

const isDigit = (code: number): boolean => code >= 48 && code <= 57

/**
 * Orders versions everywhere: runs of digits compare as numbers, all else by code unit, so `v9` < `v10` and
 * `1.9` < `1.10`. Versions that differ only in leading zeros fall back to code units: the order is total.
 */
export function compareVersions(a: string, b: string): number {
  let i = 0
  let j = 0
  while (i < a.length && j < b.length) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(j)
    if (!isDigit(x) || !isDigit(y)) {
      if (x !== y) return x - y
      i++
      j++
      continue
    }
    const startA = skipZeros(a, i)
    const startB = skipZeros(b, j)
    i = endOfDigits(a, startA)
    j = endOfDigits(b, startB)
    const byLength = i - startA - (j - startB)
    if (byLength !== 0) return byLength
    for (let k = 0; k < i - startA; k++) {
      const byDigit = a.charCodeAt(startA + k) - b.charCodeAt(startB + k)
      if (byDigit !== 0) return byDigit
    }
  }
  const byRest = a.length - i - (b.length - j)
  if (byRest !== 0) return byRest
  return a < b ? -1 : a > b ? 1 : 0
}

function skipZeros(text: string, from: number): number {
  let at = from
  while (text.charCodeAt(at) === 48) at++
  return at
}

function endOfDigits(text: string, from: number): number {
  let at = from
  while (at < text.length && isDigit(text.charCodeAt(at))) at++
  return at
}

/** The nearest of `candidates` to a name that was not found, or undefined when none is near. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined
  let bestDistance = Math.max(3, Math.ceil(name.length / 3))
  for (const candidate of candidates) {
    if (candidate.startsWith(name) || candidate.endsWith(name)) return candidate
    const distance = editDistance(name, candidate)
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, change))
    }
    row = next
  }
  return row[b.length] ?? 0
}
