import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { builtChecksumsOf, readMigrationFiles } from '../packages/migrate/src/migration/files.ts'
import { root } from './checks/sources.ts'

/** How a package's sources become what is published. */
interface PackageLayout {
  readonly name: string
  /** Compiled folders; what they have in common becomes `dist/`. */
  readonly sources: readonly string[]
  readonly rootDir: string
  /** The entry, from `dist/`. */
  readonly entry: string
  /** Migrations, whose built files get the checksums of their sources. */
  readonly migrations?: string
  /** Folders that go along as they are. */
  readonly also?: readonly string[]
}

export const LAYOUTS: readonly PackageLayout[] = [
  { name: 'migrate', sources: ['src'], rootDir: 'src', entry: 'index' },
  {
    name: 'database',
    sources: ['src', 'migrations'],
    rootDir: '.',
    entry: 'src/index',
    migrations: 'migrations',
    also: ['rollback'],
  },
]

/** Builds every package with tsc and packs it, in a folder of its own: the tree stays as it is. Returns the tarballs. */
export function packAll(out: string): string[] {
  mkdirSync(out, { recursive: true })
  return LAYOUTS.map((layout) => pack(layout, out))
}

function pack(layout: PackageLayout, out: string): string {
  const source = join(root, 'packages', layout.name)
  // inside the repository, where tsc finds the types
  const stage = mkdtempSync(join(root, 'packages', layout.name, '.stage-'))
  try {
    compile(layout, source, stage)
    for (const name of ['bin', 'README.md', ...(layout.also ?? [])])
      cpSync(join(source, name), join(stage, name), { recursive: true })
    cpSync(join(root, 'LICENSE'), join(stage, 'LICENSE'))
    if (layout.migrations)
      finishMigrations(join(source, layout.migrations), join(stage, 'dist', layout.migrations))
    writeFileSync(join(stage, 'package.json'), publishedManifest(layout, source))
    const printed = execFileSync('npm', ['pack', '--json', '--pack-destination', resolve(out)], {
      cwd: stage,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return join(out, filenameOf(JSON.parse(printed)))
  } finally {
    rmSync(stage, { recursive: true })
  }
}

/** npm prints a list, or an object by name, depending on its version. */
function filenameOf(printed: unknown): string {
  const [first] = Object.values(printed as Record<string, { filename: string }>)
  if (!first) throw new Error('npm pack printed no file name')
  return first.filename
}

function compile(layout: PackageLayout, source: string, stage: string): void {
  const config = join(stage, 'tsconfig.json')
  const folders = layout.sources.map((folder) => join(source, folder))
  writeFileSync(
    config,
    JSON.stringify({
      extends: join(root, 'tsconfig.build.json'),
      compilerOptions: { rootDir: join(source, layout.rootDir), outDir: join(stage, 'dist') },
      include: folders,
    }),
  )
  execFileSync('tsc', ['--project', config], { stdio: ['ignore', 'inherit', 'inherit'] })
  rmSync(config)
}

/** Snapshots go along; checksums make each built migration the version of its source. */
function finishMigrations(source: string, built: string): void {
  for (const dialect of ['sqlite', 'postgres']) {
    const name = `schema.${dialect}.json`
    cpSync(join(source, name), join(built, name))
  }
  const text = builtChecksumsOf(readMigrationFiles(source), readMigrationFiles(built))
  writeFileSync(join(built, 'checksums.json'), text)
}

function publishedManifest({ entry, also = [] }: PackageLayout, source: string): string {
  const manifest = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'))
  return JSON.stringify(
    {
      ...manifest,
      exports: {
        ...manifest.exports,
        '.': { types: `./dist/${entry}.d.ts`, default: `./dist/${entry}.js` },
      },
      files: ['dist', 'bin', ...also],
    },
    null,
    2,
  )
}

if (import.meta.main) {
  const out = process.argv[2] ?? mkdtempSync(join(tmpdir(), 'fossawork-pack-'))
  for (const file of packAll(out)) console.log(file)
}
