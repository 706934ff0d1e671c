import { connect, createServer } from 'node:net'
import type { TestContext } from 'node:test'

/** A way to a server by its URL that keeps all that is sent there: whatever a server could write into its log. */
export async function tapped(t: Pick<TestContext, 'after'>, url: string) {
  const to = new URL(url)
  const sent: Buffer[] = []
  const server = createServer((client) => {
    const upstream = connect(Number(to.port), to.hostname)
    client.on('data', (bytes) => sent.push(bytes))
    client.pipe(upstream).pipe(client)
    for (const socket of [client, upstream]) socket.on('error', () => socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server has no port.')
  const through = new URL(url)
  through.hostname = '127.0.0.1'
  through.port = String(address.port)
  return { url: through.href, sent: () => Buffer.concat(sent) }
}
