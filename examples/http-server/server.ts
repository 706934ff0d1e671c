import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { getMigrationManager, runMigrationsOnStartup, searchWorkOrders } from '@fossawork/database'
import { connect } from './connect.ts'

const databaseUrl = process.env.DATABASE_URL ?? 'sqlite:///./fossawork_v2.db'
const port = Number(process.env.PORT ?? 3000)

// before the first request: no request may meet a schema that this code does not know
await runMigrationsOnStartup({ databaseUrl, onFailure: 'throw' })

const manager = getMigrationManager({ databaseUrl })
const database = connect(databaseUrl)

/** For a load balancer: 503 while something is pending or stands in the way. */
async function health(response: ServerResponse): Promise<void> {
  const { current, pending, findings } = await manager.getStatus()
  const problems = findings.filter(({ severity }) => severity === 'error')
  const ok = pending.length === 0 && problems.length === 0
  answer(response, ok ? 200 : 503, { ok, current, pending, problems })
}

async function search(response: ServerResponse, text: string): Promise<void> {
  const found = await searchWorkOrders(database, text, { limit: 20 })
  answer(
    response,
    200,
    found.map(({ id, site_name }) => ({ id, site_name })),
  )
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
  if (pathname === '/health') return health(response)
  if (pathname === '/work-orders') return search(response, searchParams.get('q') ?? '')
  answer(response, 404, { error: `There is nothing at ${pathname}.` })
}

const server = createServer((request, response) => {
  handle(request, response).catch((error: Error) => {
    console.error(error)
    answer(response, 500, { error: 'Something went wrong.' })
  })
})
server.listen(port, () => console.log(`listening on http://localhost:${port}`))

process.once('SIGTERM', () => {
  server.close(() => database.db.destroy())
  server.closeAllConnections()
})
