import { createHash } from 'node:crypto'
import { pick, type Random } from '../random.ts'

/** Every secret of a generated tree begins with it, so that a search finds any of them. */
export const SECRET_MARK = 'Zq7xSecret'

/** A user's id as V1 makes it. */
export const userIdOf = (email: string): string =>
  createHash('md5').update(email.trim().toLowerCase()).digest('hex')

const NAMES = [
  'Fuel Stop, Inc',
  'Corner Fuels LLC',
  'Café del Peñón',
  'Bay & Gulf "Express"',
  '7-Oaks',
]
const CITIES = ['Sampletown FL 33511', 'Modelville GA 30303', 'Villa Ejemplo TX 78501']
const COUNTIES = ['Example County', 'Specimen County']
const CODES = [
  ['2861', 'Meter Calibration'],
  ['3002', 'Open Neck Prover'],
  ['3146', 'Meter Calibration'],
] as const
const INSTRUCTIONS = [
  'Calibrate all dispensers and change filters.',
  'Day 1: arrive before 06:00.\nCall the manager at the gate; park behind the store.',
  'Change filters on 1/2 and 3/4 only — diesel has its own. Prüfprotokoll beilegen.',
  '',
]
const GRADES = [
  'Regular, Plus, Premium',
  'Regular, Plus, Diesel, Premium',
  'Regular, Ethanol-Free, Diesel',
]
const MAKES = ['Gilbarco', 'Wayne']

/** Dates as V1 writes them where nothing is odd. */
const DATES = ['05/07/2025', '06/13/2025', '07/03/2025', '12/31/2025', '02/28/2025']

const START = Date.UTC(2025, 0, 1)

/** The ISO time so many minutes after the first of 2025. */
export const minutesOn = (minutes: number): string =>
  new Date(START + minutes * 60_000).toISOString()

/** A job of `scraped_content.json`. */
export function workOrder(number: number, random: Random, rawHtmlBytes: number) {
  const visit = number + 2_000
  const street = `${100 + (number % 900)} Main St`
  const cityState = pick(random, CITIES)
  const county = pick(random, COUNTIES)
  const [code, type] = pick(random, CODES)
  return {
    id: `W-${number}`,
    customer: {
      name: pick(random, NAMES),
      storeNumber: `#${1_000 + (number % 9_000)}`,
      address: {
        street: `${street} ${cityState} ${county}`,
        intersection: street,
        cityState,
        county,
      },
      storeUrl: `https://app.workfossa.com/app/customers/locations/${40_000 + (number % 9_000)}/`,
    },
    services: [{ type, quantity: 1 + (number % 8), description: 'All Dispensers', code }],
    visits: {
      nextVisit: {
        date: pick(random, DATES),
        time: 'anytime',
        url: `/app/work/${number}/visits/${visit}/`,
        visitId: String(visit),
      },
    },
    instructions: pick(random, INSTRUCTIONS),
    rawHtml: rawHtml(number, rawHtmlBytes),
  }
}

const CELL =
  '<div class="row"><span class="label">Visit</span><a href="/app/work/">open</a></div>\n'

function rawHtml(number: number, bytes: number): string {
  const head = `<div id="job-${number}">`
  const times = Math.ceil(Math.max(0, bytes - head.length) / CELL.length)
  return (head + CELL.repeat(times)).slice(0, bytes)
}

/** A dispenser of `dispenser_store.json`; one of ten as older versions of V1 wrote it. */
export function dispenser(number: number, random: Random) {
  const pair = `${1 + 2 * (number % 8)}/${2 + 2 * (number % 8)}`
  const grades = pick(random, GRADES)
  if (number % 10 === 9)
    return { dispenserNumber: pair, fuelTypes: grades.split(', '), status: 'active' }
  const make = pick(random, MAKES)
  return {
    title: `${pair} - ${grades} - ${make}`,
    serial: `EN${String(number).padStart(6, '0')}`,
    make,
    model: `NL${1 + (number % 4)}`,
    fields: {
      'Dispenser Number': pair,
      Grade: grades,
      'Stand Alone Code': String(number % 10_000).padStart(4, '0'),
      'Number of Nozzles (per side)': String(1 + (number % 3)),
      'Meter Type': 'Electronic',
    },
  }
}

/** What `dispenser_store.json` holds under a work order's id. */
export const dispenserEntry = (order: number, dispensers: readonly unknown[]) => ({
  visitId: String(order + 2_000),
  timestamp: minutesOn(order),
  dispensers,
})

const ACTIVITIES = ['login', 'scrape', 'view_job', 'complete_job', 'settings_changed']

/** An entry of `activity_log.json`, in either spelling. */
export function activity(number: number, user: { id: string; email: string }, random: Random) {
  const type = pick(random, ACTIVITIES)
  return {
    timestamp: minutesOn(number),
    userId: user.id,
    username: user.email,
    ...(number % 2 ? { activityType: type } : { activity: type }),
    details: {
      ip: `10.0.${number % 256}.${(number >> 8) % 256}`,
      page: '/jobs',
      count: number % 50,
    },
  }
}

/** One of `allChanges`. */
export const scheduleChange = (number: number) => ({
  type: ['removed', 'added', 'date_changed'][number % 3],
  jobId: `W-${number}`,
  visitId: String(number + 2_000),
  store: `#${1_000 + (number % 9_000)}`,
  storeName: 'Fuel Stop, Inc',
  dispensers: 1 + (number % 8),
  location: 'Sampletown FL',
  date: '05/12/2025',
})

/** A prover, its keys in snake_case or camelCase. */
export function prover(number: number, spelling: 'snake' | 'camel') {
  const id = `21-${String(number).padStart(5, '0')}-04`
  return spelling === 'snake'
    ? {
        prover_id: id,
        serial: id,
        make: 'Seraphin Prover',
        preferred_fuel_type: 'Regular',
        preferred_fuel_types: ['Regular', 'Plus'],
        priority: 1,
      }
    : { proverId: id, make: 'Seraphin Prover', preferredFuelTypes: ['Diesel'], priority: 2 }
}
