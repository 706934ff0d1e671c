/** What a date of V1 comes to; `understood` is false where there was something and it is no date. */
export interface ReadDate {
  readonly date: Date | null
  readonly understood: boolean
}

const NOTHING: ReadDate = { date: null, understood: true }
const UNREADABLE: ReadDate = { date: null, understood: false }

const AMERICAN = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/
const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?:(Z)|([+-])(\d{2}):?(\d{2})?)?)?$/i
const NUMBER = /^\d{9,13}(?:\.\d{1,9})?$/

// what a person could have meant by a date of V1, which began in this century
const YEARS = { from: 1900, to: 2199 }
/** 2000-01-01 and 2100-01-01 in seconds since 1970: what a number must lie between. */
const EPOCH = { from: 946_684_800, to: 4_102_444_800 }

/**
 * Reads a date as V1 wrote it: `MM/DD/YYYY`, ISO 8601 with a zone or without (then UTC), or a number
 * of seconds or milliseconds since 1970 between the years 2000 and 2100. A day without a time is that
 * day's midnight in UTC, wherever the machine stands. `null` and blank text are no date and
 * understood; everything else (`anytime`, 02/30, a month 13) is not, and never becomes another day.
 */
export function readDate(value: unknown): ReadDate {
  if (value === null || value === undefined) return NOTHING
  if (typeof value === 'number') return fromEpoch(value)
  if (typeof value !== 'string') return UNREADABLE
  const text = value.trim()
  if (text === '') return NOTHING
  const american = AMERICAN.exec(text)
  if (american) {
    const [, month, day, year] = american
    return fromParts([Number(year), Number(month), Number(day)], [0, 0, 0, 0], 0)
  }
  const iso = ISO.exec(text)
  if (iso) return fromIso(iso)
  return NUMBER.test(text) ? fromEpoch(Number(text)) : UNREADABLE
}

function fromIso(match: RegExpExecArray): ReadDate {
  const [, year, month, day, hour, minute, second, fraction, , sign, hours, minutes] = match
  const zone = sign ? (Number(hours) * 60 + Number(minutes ?? 0)) * (sign === '-' ? -1 : 1) : 0
  if (sign && (Number(hours) > 14 || Number(minutes ?? 0) > 59)) return UNREADABLE
  return fromParts(
    [Number(year), Number(month), Number(day)],
    [
      Number(hour ?? 0),
      Number(minute ?? 0),
      Number(second ?? 0),
      Number((fraction ?? '0').slice(0, 3).padEnd(3, '0')),
    ],
    zone,
  )
}

/** `zone` is minutes east of UTC. */
function fromParts(
  [year, month, day]: readonly [number, number, number],
  [hour, minute, second, millisecond]: readonly [number, number, number, number],
  zone: number,
): ReadDate {
  if (year < YEARS.from || year > YEARS.to || hour > 23 || minute > 59 || second > 59)
    return UNREADABLE
  const midnight = new Date(Date.UTC(year, month - 1, day))
  // Date.UTC counts on: it makes a second of March of the thirtieth of February
  if (midnight.getUTCMonth() !== month - 1 || midnight.getUTCDate() !== day) return UNREADABLE
  const time = Date.UTC(year, month - 1, day, hour, minute, second, millisecond)
  return { date: new Date(time - zone * 60_000), understood: true }
}

function fromEpoch(number: number): ReadDate {
  const within = (seconds: number) => seconds >= EPOCH.from && seconds < EPOCH.to
  if (within(number)) return { date: new Date(Math.round(number * 1000)), understood: true }
  if (within(number / 1000)) return { date: new Date(Math.round(number)), understood: true }
  return UNREADABLE
}
