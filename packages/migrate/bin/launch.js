// Any Node parses this file, so that an old one can say what is wrong instead of failing at newer syntax.
import { existsSync } from 'node:fs'
import * as nodeModule from 'node:module'

const NEEDED = 24

/**
 * Starts a command line: `built` when it is there (installed from npm), else `source`, the TypeScript of the
 * repository. On a Node that is too old it says which one is needed and how to get it; exit status 2.
 */
export function launch({ name, built, source }) {
  if (Number(process.versions.node.split('.')[0]) >= NEEDED) {
    nodeModule.enableCompileCache()
    return import((existsSync(built) ? built : source).href)
  }
  console.error(
    [
      `${name} needs Node ${NEEDED} or newer, and this is Node ${process.versions.node} (${process.execPath}).`,
      'Get it in one of these ways:',
      `  npm install --save-dev node@${NEEDED}   for this project only; then run it with npx`,
      `  nvm install ${NEEDED}                   where nvm manages versions`,
      '  https://nodejs.org                for the whole machine',
    ].join('\n'),
  )
  process.exitCode = 2
}
