/** What `validate` can look at. */
export const CATEGORIES = ['tracking', 'schema'] as const
export type Category = (typeof CATEGORIES)[number]
