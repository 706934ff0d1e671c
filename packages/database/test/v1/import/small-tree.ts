import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { userIdOf } from '../../../../../bench/v1-tree/shapes.ts'
import { tempFolder } from '../../../../../test/support/databases.ts'
import { type Tree, writeTree } from '../support/tree.ts'

export const ANA = userIdOf('ana@example.com')
export const BEN = userIdOf('ben@example.com')
export const ANA_PASSWORD = 'Zq7xSecret-ana'

/** V1's entry of a user. */
export const entry = (name: string, more: object = {}): object => ({
  id: userIdOf(`${name}@example.com`),
  email: `${name}@example.com`,
  password: `Zq7xSecret-${name}`,
  label: name,
  lastUsed: '2025-05-07T10:00:00.000Z',
  ...more,
})

export const order = (id: string, more: object = {}): object => ({
  id,
  customer: { name: 'Fuel Stop, Inc', storeNumber: '#1005' },
  instructions: 'Call the manager.',
  ...more,
})

export const json = (value: unknown): string => JSON.stringify(value, null, 2)

export const orders = (...some: readonly object[]): string => json({ workOrders: some })

/** A file of a user's folder. */
export const at = (user: string, file: string): string => `users/${user}/${file}`

/** Two users; Ana has some of each kind. */
export const SMALL: Tree = {
  'settings.json': json({ activeUserId: ANA, theme: 'dark' }),
  'users/users.json': json([entry('ana'), entry('ben')]),
  [at(ANA, 'scraped_content.json')]: orders(order('W-1'), order('W-2'), order('W-3')),
  [at(ANA, 'dispenser_store.json')]: json({
    dispenserData: {
      'W-1': { dispensers: [{ dispenserNumber: '1/2' }, { dispenserNumber: '3/4' }] },
    },
  }),
  [at(ANA, 'completed_jobs.json')]: json({
    jobs: [
      { id: 'W-8', completionDate: '03/01/2025' },
      { id: 'W-9', completionDate: '03/02/2025' },
    ],
  }),
  [at(ANA, 'activity_log.json')]: json([
    { timestamp: '2025-05-07T08:00:00.000Z', username: 'ana', activity: 'login' },
    { timestamp: '2025-05-07T08:00:00.000Z', username: 'ana', activity: 'login' },
  ]),
  [at(ANA, 'pushover_settings.json')]: json({ enabled: true, appToken: 'Zq7xSecret-app' }),
  [at(ANA, 'work_fossa_credentials.json')]: json({ username: 'ana', password: 'Zq7xSecret-fossa' }),
}

/** A V1 directory that V1 goes on using. */
export interface V1 {
  readonly directory: string
  /** Writes files, or removes those that are null. */
  change(files: Readonly<Record<string, Tree[string] | null>>): void
}

export async function v1(t: TestContext, tree: Tree = SMALL): Promise<V1> {
  const directory = join(await tempFolder(t), 'v1')
  writeTree(directory, tree)
  return {
    directory,
    change(files) {
      for (const path of Object.keys(files)) rmSync(join(directory, path), { force: true })
      const written = Object.entries(files).filter((file) => file[1] !== null)
      writeTree(directory, Object.fromEntries(written) as Tree)
    },
  }
}
