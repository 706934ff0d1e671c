import { type Cluster, startCluster } from './clusters.ts'
import { SOURCES, wants } from './installations.ts'

let clusters: Cluster[] = []

/** Starts the PostgreSQL clusters once for all test files and names them in the environment. */
export async function globalSetup(): Promise<void> {
  if (!wants('postgres')) return
  const started = await Promise.allSettled(
    SOURCES.map(async ({ installation, variable }) => {
      if (!installation) return
      const cluster = await startCluster(installation)
      clusters.push(cluster)
      process.env[variable] = cluster.url
    }),
  )
  const failed = started.find((result) => result.status === 'rejected')
  if (!failed) return
  await globalTeardown()
  throw failed.reason
}

export async function globalTeardown(): Promise<void> {
  await Promise.all(clusters.map((cluster) => cluster.stop()))
  clusters = []
}
