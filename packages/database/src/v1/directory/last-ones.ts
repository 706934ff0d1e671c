import type { StreamItem } from './json-reader.ts'

/** Which items of a streamed file count, where a list or a key stands twice: the last, as with JSON.parse. */
export interface LastOnes {
  /** The last member of each list's name: what `streamItems` found. */
  readonly members: Map<string, number>
  /** Of the keys that may stand twice: the number of the last item. */
  readonly again: Map<string, number>
  /** A bit for each key that was met, by its hash; two keys that share one only cost a place in `again`. */
  readonly met: Uint8Array
}

const HASH_BITS = 25

export const startLastOnes = (): LastOnes => ({
  members: new Map(),
  again: new Map(),
  met: new Uint8Array(2 ** (HASH_BITS - 3)),
})

/** The first time through the file, with every item. `number`: how many came before. */
export function see({ again, met }: LastOnes, item: StreamItem, number: number): void {
  if (typeof item.key !== 'string') return
  const name = nameOf(item)
  const hash = hashOf(name)
  const at = hash >>> 3
  const bit = 1 << (hash & 7)
  const byte = met[at] as number
  if (byte & bit) again.set(name, number)
  else met[at] = byte | bit
}

/** The second time. */
export function isLast({ members, again }: LastOnes, item: StreamItem, number: number): boolean {
  if (members.get(item.list) !== item.member) return false
  if (again.size === 0 || typeof item.key !== 'string') return true
  return (again.get(nameOf(item)) ?? number) === number
}

const nameOf = ({ member, key }: StreamItem): string => `${member}/${key}`

/** FNV-1a (offset basis and prime of its 32-bit form), its upper bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  }
  return hash >>> (32 - HASH_BITS)
}
