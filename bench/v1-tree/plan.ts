/** How large a tree is, and what it is made from. */
export interface TreeOptions {
  /** Users in `users.json`, besides the tutorial's and those that quirks add. */
  readonly users: number
  readonly workOrders: number
  readonly dispensers: number
  readonly activities: number
  /** The same seed gives the same tree. Default 1. */
  readonly seed?: number
  /** Default none; some: every tenth user has one; all: every user has one, and each is there. */
  readonly quirks?: 'none' | 'some' | 'all'
  /** `users.json` as an array, or, as older versions wrote it, an object. Default array. */
  readonly usersForm?: 'array' | 'object'
  /** Of each work order, in bytes. Default 300. */
  readonly rawHtmlBytes?: number
  /** At least so many bytes of work orders go into the first user's `scraped_content.json`. Default 0. */
  readonly oneFileBytes?: number
}

export type Plan = Required<TreeOptions>

/** Throws a RangeError where the numbers make no tree. */
export function planTree(options: TreeOptions): Plan {
  const plan: Plan = {
    seed: 1,
    quirks: 'none',
    usersForm: 'array',
    rawHtmlBytes: 300,
    oneFileBytes: 0,
    ...options,
  }
  for (const [name, value] of Object.entries(plan))
    if (typeof value === 'number' && !(Number.isSafeInteger(value) && value >= 0))
      throw new RangeError(`${name} takes a whole number from 0 on, not ${value}.`)
  if (plan.users === 0) throw new RangeError('A tree has at least one user.')
  if (plan.dispensers > 0 && plan.workOrders === 0)
    throw new RangeError('Dispensers stand under work orders: a tree without those has none.')
  return plan
}

/** The numbers of the things that belong to owner `n` of `owners`, spread evenly: from the first up to the second. */
export const shareOf = (n: number, owners: number, things: number): [number, number] => [
  Math.floor((n * things) / owners),
  Math.floor(((n + 1) * things) / owners),
]

/** The first generated work order is W-100000. */
export const FIRST_ORDER = 100_000
/** Work orders that quirks add, a hundred a user. */
export const ADDED_ORDER = 900_000_000

/** Whose files are made. */
export interface Owner {
  readonly number: number
  readonly id: string
  readonly email: string
  /** Every file that there is; else some of the small ones are missing, as in V1. */
  readonly complete: boolean
}
