import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { packAll } from '../scripts/pack.ts'
import manifest from './package.json' with { type: 'json' }

/** Builds our packages, packs them and installs them below `root`, as a user would; gives the engine's folder. */
export function installPackage(root: string): string {
  const tarballs = packAll(join(root, 'tarballs'))
  const project = join(root, 'project')
  mkdirSync(project)
  // the peers' driver, so that no difference between drivers is measured
  const packages = [...tarballs, `pg@${manifest.dependencies.pg}`]
  execFileSync('npm', ['install', '--silent', '--prefer-offline', ...packages], {
    cwd: project,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  return join(project, 'node_modules/@fossawork/migrate')
}
