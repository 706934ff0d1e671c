import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkLength, checkMarks, checkProcess } from './checks/files.ts'
import { checkCycles, checkImports } from './checks/imports.ts'
import { readSources, root } from './checks/sources.ts'
import { generatedFiles, generateEmergencyScripts } from './generate.ts'

/** The house's rules that no linter knows; prints every breach and exits 1. */
const files = readSources()
const breaches = [
  ...checkImports(files),
  ...checkCycles(files),
  ...checkLength(files),
  ...checkProcess(files),
  ...checkMarks(files),
]
for (const { path, text } of await generatedFiles()) {
  if (read(path) !== text) breaches.push(`${path} is not current: run \`npm run generate\``)
}
await generateEmergencyScripts(true).catch((error: Error) => {
  breaches.push(`${error.message} Run \`npm run generate\`.`)
})
for (const breach of breaches) console.error(breach)
if (breaches.length) process.exitCode = 1
else console.log(`${files.length} files keep the house's rules`)

function read(path: string): string | null {
  try {
    return readFileSync(join(root, path), 'utf8')
  } catch {
    return null
  }
}
