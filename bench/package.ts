import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** Names the folder of the package that is measured; the processes that measure inherit it. */
const VARIABLE = 'BENCH_PACKAGE'

/** Measures the package in this folder: a built one, or the source in this repository. */
export function usePackage(folder: string): void {
  process.env[VARIABLE] = resolve(folder)
}

/** FossaWork's command, from the package beside the one that is measured. */
export function fossaworkCommand(): string {
  return join(chosenFolder(), '../database/bin/fossawork-db.js')
}

/** The library's entry and the command's launcher of the package that is measured. */
export function installedPackage(): { entry: string; command: string } {
  const folder = chosenFolder()
  const { exports, bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const entry = exports['.']
  return {
    entry: join(folder, typeof entry === 'string' ? entry : entry.default),
    command: join(folder, bin.migrate),
  }
}

function chosenFolder(): string {
  const folder = process.env[VARIABLE]
  if (!folder) throw new Error('No package was chosen: start the bench with run.ts.')
  return folder
}
