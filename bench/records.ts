import { seeded } from './random.ts'

/** A work order of a made-up company: what a database of an application mostly is, short fields and some text. */
export interface WorkOrder {
  readonly id: number
  readonly reference: string
  readonly customer: string
  readonly address: string
  readonly notes: string
  readonly status: string
  /** With two decimals. */
  readonly price: string
  readonly details: Readonly<Record<string, unknown>>
  /** ISO 8601, UTC. */
  readonly opened_at: string
}

const WORDS = 5_000
const SYLLABLES = 'an ber con de el for ga hi in ka lo mar ne or pa ren sta ti ur ver'.split(' ')
const STATUS = ['open', 'scheduled', 'in progress', 'waiting for parts', 'done', 'cancelled']
const FIRST = Date.UTC(2024, 0, 1)

/** Without end, and the same ones each time. */
export function* workOrders(): Generator<WorkOrder> {
  const random = seeded(20_260_101)
  const below = (limit: number): number => Math.floor(random() * limit)
  const vocabulary = Array.from({ length: WORDS }, () =>
    Array.from({ length: 1 + below(3) }, () => SYLLABLES[below(SYLLABLES.length)]).join(''),
  )
  // few words are common and most are rare, as in any language
  const word = (): string => vocabulary[Math.floor(WORDS * random() ** 3)] as string
  const words = (count: number): string => Array.from({ length: count }, word).join(' ')
  const hex = (): string =>
    below(2 ** 32)
      .toString(16)
      .padStart(8, '0')
  for (let id = 1; ; id += 1) {
    const [a, b, c, d] = [hex(), hex(), hex(), hex()]
    yield {
      id,
      reference: `${a}-${b.slice(4)}-4${b.slice(1, 4)}-8${c.slice(1, 4)}-${c.slice(4)}${d}`,
      customer: words(2),
      address: `${word()} ${1 + below(200)}, ${10_000 + below(90_000)} ${word()}`,
      notes: words(10 + below(50)),
      status: STATUS[below(STATUS.length)] as string,
      price: (below(500_000) / 100).toFixed(2),
      details: { priority: below(5), hours: below(80) / 4, parts: [word(), word()], crew: word() },
      opened_at: new Date(FIRST + below(63_072_000) * 1000).toISOString(),
    }
  }
}
