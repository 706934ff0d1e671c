import assert from 'node:assert/strict'
import { existsSync, globSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { chaptersOf, checkChapter, DOCUMENTS, readDocument, whyNot } from './documents.ts'
import { root } from './scenario.ts'
import { typeCheck } from './type-check.ts'

const chapters = DOCUMENTS.flatMap(chaptersOf)
const pages = globSync(['*.md', 'docs/**/*.md', 'examples/*/*.md', 'packages/*/*.md'], {
  cwd: root,
})

describe('the blocks of the documents', { concurrency: 2 }, () => {
  for (const chapter of chapters) {
    const title = `${chapter.document}: ${chapter.title}`
    it(`do what is shown in ${title}`, { skip: whyNot(chapter) }, async () => {
      const mismatches = await checkChapter(chapter)
      assert.ok(
        mismatches.length === 0,
        mismatches.map(({ place, message }) => `${place}\n${message}`).join('\n\n'),
      )
    })
  }
})

describe('documents', () => {
  it('have TypeScript that type-checks', () => {
    assert.equal(typeCheck(chapters), '')
  })

  it('leave few blocks out, each with its reason', () => {
    const left = chapters.flatMap(({ document, blocks }) =>
      blocks
        .filter(({ notRun }) => notRun)
        .map(({ line, notRun }) => `${document}:${line} ${notRun}`),
    )
    assert.ok(left.length <= 4, left.join('\n'))
  })

  it('name only scripts that package.json has', () => {
    const { scripts } = JSON.parse(readDocument('package.json'))
    const named = ['README.md', 'CONTRIBUTING.md'].flatMap((page) => [
      ...readDocument(page).matchAll(/\bnpm (?:run ([\w:-]+)|(start|test))\b/g),
    ])
    assert.ok(named.length > 0)
    for (const [text, run, short] of named) {
      assert.ok(Object.hasOwn(scripts, run ?? short ?? ''), `${text}: there is no such script`)
    }
  })

  it('name only files that are there, and every place of the engine', () => {
    const engine = 'packages/migrate/src'
    const pagesOfCode = [
      'CONTRIBUTING.md',
      ...globSync('docs/{architecture,decisions/*}.md', { cwd: root }),
    ]
    for (const page of pagesOfCode) {
      for (const [, path = ''] of readDocument(page).matchAll(
        /`([\w.-]+\/[\w./-]*|[\w-]+\.ts)`/g,
      )) {
        const places = ['.', engine, 'packages/migrate', 'packages/database']
        const found = places.some((place) => existsSync(join(root, place, path)))
        assert.ok(found, `${page}: there is no ${path}`)
      }
    }
    const architecture = readDocument('docs/architecture.md')
    for (const { name } of readdirSync(join(root, engine), { withFileTypes: true })) {
      assert.ok(architecture.includes(name), `docs/architecture.md does not name ${name}`)
    }
  })

  for (const page of pages) {
    it(`link to what is there: ${page}`, () => {
      for (const [, target = ''] of readDocument(page).matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^[a-z]+:/.test(target)) continue
        const [file = '', heading] = target.split('#')
        const path = file ? join(dirname(page), file) : page
        assert.ok(existsSync(join(root, path)), `there is no ${path}`)
        if (heading) assert.ok(headingsOf(path).includes(heading), `${path} has no #${heading}`)
      }
    })
  }
})

/** As GitHub makes anchors of headings. */
const headingsOf = (page: string): string[] =>
  [...readDocument(page).matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  )
