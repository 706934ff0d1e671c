import { execFileSync, spawnSync } from 'node:child_process'

/** Why a test that runs a program cannot run here, for node:test's `skip`; in CI what is missing is a failure. */
export function lacks(program: string, install: string): string | false {
  const isHere = spawnSync('sh', ['-c', `command -v ${program}`]).status === 0
  return isHere || process.env.CI === 'true' ? false : `no ${program} here: ${install}`
}

export const LACKS_ZSTD = lacks('zstd', 'apt-get install zstd')
export const LACKS_AGE = lacks('age', 'apt-get install age')

/** What a program prints. */
export const printed = (program: string, args: readonly string[], input?: Uint8Array): Buffer =>
  execFileSync(program, args, { input, maxBuffer: 1 << 30, stdio: ['pipe', 'pipe', 'ignore'] })
