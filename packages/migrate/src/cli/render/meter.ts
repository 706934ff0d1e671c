import { bytes, counted, duration } from './format.ts'

const BAR_WIDTH = 20
/** Before this long, in milliseconds, a rate says nothing yet. */
const SETTLED_MS = 500

/** A bar with the share that is done; without a total, how many are. */
export function bar(done: number, total: number | null): string {
  return total === null || total <= 0 ? `${done}` : `${filled(done, total)} (${done} of ${total})`
}

function filled(done: number, total: number): string {
  const share = Math.min(1, done / total)
  const cells = Math.round(share * BAR_WIDTH)
  return `${'█'.repeat(cells)}${'░'.repeat(BAR_WIDTH - cells)} ${Math.floor(share * 100)} %`
}

export type Unit = 'bytes' | 'rows' | 'blocks' | 'tuples' | 'sessions'

const UNITS = {
  bytes: { some: bytes, of: (done: number, total: number) => `${bytes(done)} of ${bytes(total)}` },
  rows: countedAs('row'),
  blocks: countedAs('block'),
  tuples: countedAs('row'),
  sessions: countedAs('session'),
} as const

function countedAs(one: string) {
  return {
    some: (done: number) => counted(done, one),
    of: (done: number, total: number) => `${done} of ${counted(total, one)}`,
  }
}

/** How far phases are, with their rate; where the total is known, with a bar and the time that is left. */
export function createMeter() {
  let current = ''
  let since = 0
  let first = 0
  return (phase: string, done: number, total: number | null, unit: Unit = 'bytes'): string => {
    const now = performance.now()
    if (phase !== current) {
      current = phase
      since = now
      first = done
    }
    const { some, of } = UNITS[unit]
    const known = total !== null && total > 0
    if (!known && done <= 0) return ''
    const parts = known ? [filled(done, total), of(done, total)] : [some(done)]
    const rate = (done - first) / (now - since)
    if (now - since >= SETTLED_MS && rate > 0) {
      const left = known ? Math.max(0, total - done) / rate : 0
      parts.push(`${some(Math.round(rate * 1000))}/s`)
      if (left > 0) parts.push(`${duration(left)} left`)
    }
    return parts.join('  ')
  }
}
