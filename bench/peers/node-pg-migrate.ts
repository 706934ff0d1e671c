import type { Peer } from './peer.ts'

const quiet = () => {}

export const peer: Peer = {
  name: 'node-pg-migrate',
  databases: ['postgres'],
  format: 'node-pg-migrate',
  async load() {
    const { runner } = await import('node-pg-migrate')
    return async (dir, databaseUrl) => {
      await runner({
        databaseUrl,
        dir,
        direction: 'up',
        migrationsTable: 'pgmigrations',
        // each migration in a transaction of its own, as ours; its command line takes one for all
        singleTransaction: false,
        logger: { debug: quiet, info: quiet, warn: quiet, error: quiet },
      })
    }
  },
}
