#!/usr/bin/env node
// Any Node parses this file, so that an old one can say what is wrong instead of failing at newer syntax.
const NEEDED = 24

if (Number(process.versions.node.split('.')[0]) < NEEDED) {
  console.error(
    [
      `fossawork-db needs Node ${NEEDED} or newer, and this is Node ${process.versions.node} (${process.execPath}).`,
      'Get it in one of these ways:',
      `  npm install --save-dev node@${NEEDED}   for this project only; then run it with npx`,
      `  nvm install ${NEEDED}                   where nvm manages versions`,
      '  https://nodejs.org                for the whole machine',
    ].join('\n'),
  )
  process.exitCode = 2
} else {
  import('node:module').then(({ enableCompileCache }) => {
    enableCompileCache()
    return import('node:fs').then(({ existsSync }) => {
      // built when installed from npm, TypeScript in the repository
      const built = new URL('../dist/src/main.js', import.meta.url)
      const main = existsSync(built) ? built : new URL('../src/main.ts', import.meta.url)
      return import(main.href)
    })
  })
}
