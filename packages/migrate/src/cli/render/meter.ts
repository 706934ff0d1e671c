import { bytes, duration } from './format.ts'

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

/** Bars of phases that are measured in bytes, with their rate and the time that is left. */
export function createMeter(): (phase: string, done: number, total: number) => string {
  let current = ''
  let since = 0
  let first = 0
  return (phase, done, total) => {
    const now = performance.now()
    if (phase !== current) {
      current = phase
      since = now
      first = done
    }
    if (total <= 0) return done > 0 ? bytes(done) : ''
    const parts = [filled(done, total), `${bytes(done)} of ${bytes(total)}`]
    const rate = (done - first) / (now - since)
    if (now - since >= SETTLED_MS && rate > 0) {
      const left = Math.max(0, total - done) / rate
      parts.push(`${bytes(rate * 1000)}/s`, ...(left > 0 ? [`${duration(left)} left`] : []))
    }
    return parts.join('  ')
  }
}
