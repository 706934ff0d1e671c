import { readdirSync } from 'node:fs'
import { parse } from 'node:path'
import { migrationsFolder } from '../../src/config.ts'

/** The versions in the migrations folder, in their order: numbered with three digits, so by name. */
export const versions: readonly string[] = readdirSync(migrationsFolder)
  .filter((file) => /^v\d{3}_\w+\.ts$/.test(file))
  .map((file) => parse(file).name)
  .sort()

/** The last of them. */
export const latest: string = versions.at(-1) ?? ''
