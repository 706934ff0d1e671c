import { Socket } from 'node:net'

// A thread of its own, since the process's first one may be in a statement that never ends. Standard input is a pipe
// that ends with the process that holds the other end, however that one ends.

const end = (): void => {
  process.kill(process.pid, 'SIGKILL')
}

new Socket({ fd: 0, readable: true, writable: false }).on('end', end).on('error', end).resume()
