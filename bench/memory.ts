import { readFileSync } from 'node:fs'

/**
 * The most memory that this process had, in MB. Linux's maxRSS is at least what the process that started this one ever
 * had; VmHWM is this one's own.
 */
export function peakMemory(): number {
  const kibibytes =
    process.platform === 'linux'
      ? Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1])
      : process.resourceUsage().maxRSS
  return (kibibytes * 1024) / 1e6
}
