import { hostname, userInfo } from 'node:os'
import { VERSION } from '../version.ts'
import type { RunContext } from './context.ts'

/** Who runs this process, and with what. */
export function currentActor(): RunContext['actor'] {
  return {
    osUser: osUser(),
    host: hostname(),
    pid: process.pid,
    toolVersion: VERSION,
  }
}

function osUser(): string | null {
  try {
    return userInfo().username
  } catch {
    return null // a container's user may have no name
  }
}
