import assert from 'node:assert/strict'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { tempFolder } from '../../../../test/support/databases.ts'
import { runNode, startSnippet } from '../../../../test/support/process.ts'
import { createCli } from '../../src/cli/create-cli.ts'
import { renderCliDocs } from '../../src/cli/docs.ts'
import { BIN, createProject } from './support.ts'

const INDEX = JSON.stringify(new URL('../../src/index.ts', import.meta.url).href)

/** A command line of a project's own, with a command of its own. */
const OWN = `import { createCli, defineCommand } from ${INDEX}
const greet = defineCommand({
  name: 'greet',
  summary: 'Greet somebody',
  project: false,
  options: { loud: { type: 'flag', help: 'louder' } },
  arguments: [{ name: 'who', help: 'whom to greet' }],
  examples: [{ line: 'greet Ada', does: 'Greets Ada.' }],
  async run({ options, arguments: [who] }) {
    const greeting = 'Hello ' + who + (options.loud ? '!' : '')
    return { result: { greeting }, text: () => greeting }
  },
})
const cli = createCli({
  name: 'own-db',
  version: '9.8.7',
  config: { migrations: './migrations', databaseUrl: 'sqlite:///own.db' },
  commands: { greet: async () => ({ default: greet }) },
})
process.exitCode = await cli.run(JSON.parse(process.env.ARGS))
`

test('a project registers commands of its own beside the engine’s', async (t) => {
  const { folder } = await createProject(t)
  const run = (...args: string[]) =>
    startSnippet(OWN, { cwd: folder, env: { ARGS: JSON.stringify(args), DATABASE_URL: undefined } })
      .done
  assert.equal((await run('greet', 'Ada', '--loud')).stdout, 'Hello Ada!\n')
  assert.deepEqual(JSON.parse((await run('greet', 'Ada', '--json')).stdout), {
    ok: true,
    command: 'greet',
    greeting: 'Hello Ada',
  })
  assert.match((await run('greet')).stderr, /error USAGE: Missing required argument 'who'/)
  assert.match((await run('greet', 'Ada', '--database', 'sqlite:///x.db')).stderr, /Unknown option/)
  assert.match((await run('--help')).stdout, /greet +Greet somebody/)
  assert.equal((await run('--version')).stdout, '9.8.7\n')
  assert.match((await run('status')).stdout, /own\.db.*Next: own-db migrate\n$/s)
})

test('the documentation holds every command, option and example', async () => {
  const cli = createCli({ name: 'migrate' })
  const docs = await renderCliDocs(cli)
  for (const { name, examples } of await cli.commands()) {
    assert.ok(docs.includes(`## migrate ${name}\n`))
    for (const { line } of examples) assert.ok(docs.includes(`\`migrate ${line}\``))
  }
  assert.match(docs, /\| `--version V` \| the version to take back \(needed\) \|/)
  assert.match(docs, /\| `--set applied\\\|rolled_back` \|/)
})

test('every example of the help is understood by the parser', async () => {
  const { parse } = await import('../../src/cli/parse.ts')
  for (const command of await createCli({ name: 'migrate' }).commands()) {
    for (const { line } of command.examples) {
      const [name, ...args] = line.match(/"[^"]*"|\S+/g) as string[]
      assert.equal(name, command.name)
      assert.ok('values' in parse(command, args, { cli: 'migrate', fixed: false, width: 80 }), line)
    }
  }
})

/** Prints every module that is loaded, when the process ends. */
const SPY = `import { registerHooks } from 'node:module'
const urls = []
registerHooks({ load: (url, context, next) => { urls.push(url); return next(url, context) } })
process.on('exit', () => console.error(urls.join('\\n')))
`

test('a command loads only what it uses', async (t) => {
  const project = await createProject(t)
  await project.run(['migrate'])
  const spied = async (...args: string[]) => {
    const { code, stderr } = await runNode(
      [`--import=data:text/javascript,${encodeURIComponent(SPY)}`, ...args],
      { cwd: project.folder },
    )
    assert.equal(code, 0, stderr)
    return stderr
  }
  const status = await spied(BIN, 'status')
  assert.match(status, /cli\/commands\/status\.ts/)
  assert.doesNotMatch(
    status,
    /kysely\/dist|node_modules\/pg|clack|dialect\/postgres|commands\/migrate\.ts|render\/history\.ts|v002_pets/,
  )
  const library = await spied('--input-type=module', '--eval', `await import(${INDEX})`)
  assert.match(library, /src\/index\.ts/)
  assert.doesNotMatch(
    library,
    /kysely\/dist|node_modules\/pg|clack|commander|dialect\/(sqlite|postgres)/,
  )
})

test('a configuration is found as TypeScript too', async (t) => {
  const folder = await tempFolder(t)
  const project = await createProject(t)
  await project.write(
    'typed.config.ts',
    "const migrations: string = './migrations'\nexport default { migrations, databaseUrl: 'sqlite:///typed.db' as string }\n",
  )
  const { answer } = await project.json('status', '--config', 'typed.config.ts')
  assert.match(answer.database, /typed\.db$/)
  const { code, stderr } = await runNode([BIN, 'status'], { cwd: folder })
  assert.equal(code, 2)
  assert.match(stderr, /error CONFIG_NOT_FOUND: There is no migrate\.config\.ts, /)
  const [, file = '', content = ''] = /write (migrate\.config\.\w+): `(.+)`/.exec(stderr) ?? []
  await writeFile(join(folder, file), content)
  await mkdir(join(folder, 'migrations'))
  const pasted = await runNode([BIN, 'status'], { cwd: folder })
  assert.equal(pasted.code, 0, pasted.stderr)
})

test('in a CommonJS project the hint comes alone, and the names that it gives work', async (t) => {
  const project = await createProject(t)
  await project.write('package.json', '{ "type": "commonjs" }')
  await project.write('migrate.config.ts', "export default { migrations: './migrations' }\n")
  const refused = await project.run(['status'])
  assert.equal(refused.code, 2)
  assert.match(refused.stderr, /^error CONFIG_INVALID: .*"commonjs".*\n {2}→ .*\.mts\.\n$/)
  await rename(
    join(project.folder, 'migrate.config.ts'),
    join(project.folder, 'migrate.config.mts'),
  )
  await rename(
    join(project.folder, 'migrations/v002_pets.ts'),
    join(project.folder, 'migrations/v002_pets.mts'),
  )
  const { code, stderr } = await project.run(['status'])
  assert.equal(code, 0, stderr)
  assert.equal(stderr, '')
})
