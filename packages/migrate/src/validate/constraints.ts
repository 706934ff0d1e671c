import { type Check, skipped } from './check.ts'

/** What the database itself says of its constraints and of what it stores. */
export const SOUNDNESS: readonly Check[] = [
  {
    category: 'constraints',
    name: 'constraints enforced',
    run: async ({ dialect, session }) => (await dialect.soundness()).enforcement(session),
  },
  {
    category: 'constraints',
    name: 'storage',
    run: async ({ dialect, session, pages }) =>
      pages
        ? (await dialect.soundness()).storage(session)
        : skipped('A verified backup has just read it.'),
  },
  {
    category: 'constraints',
    name: 'indexes against their tables',
    run: async ({ dialect, session, deep }) =>
      deep ? (await dialect.soundness()).indexes(session) : skipped('Only with --deep.'),
  },
]
