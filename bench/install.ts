import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { packAll } from '../scripts/pack.ts'
import manifest from './package.json' with { type: 'json' }

/** Builds our package, packs it and installs it below `root`, as a user would; gives its folder. */
export function installPackage(root: string): string {
  const tarball = packAll(join(root, 'tarballs')).find((file) => file.includes('migrate'))
  if (!tarball) throw new Error('scripts/pack.ts made no tarball of the engine.')
  const project = join(root, 'project')
  mkdirSync(project)
  // the peers' driver, so that no difference between drivers is measured
  const packages = [tarball, `pg@${manifest.dependencies.pg}`]
  execFileSync('npm', ['install', '--silent', '--prefer-offline', ...packages], {
    cwd: project,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  return join(project, 'node_modules/@fossawork/migrate')
}
