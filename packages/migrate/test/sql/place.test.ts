import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { codeFrame, placeAt } from '../../src/sql/place.ts'

describe('placeAt', () => {
  const cases: readonly (readonly [string, string, number, number, number])[] = [
    ['the beginning', 'ab\ncd', 0, 1, 1],
    ['a line break belongs to its line', 'ab\ncd', 2, 1, 3],
    ['the next line', 'ab\ncd', 3, 2, 1],
    ['CRLF', 'ab\r\ncd', 5, 2, 2],
    ['a byte order mark has no column', '\uFEFFab', 2, 1, 2],
    ['the byte order mark itself', '\uFEFFab', 0, 1, 1],
    ['beyond the end', 'ab', 99, 1, 3],
    ['an empty text', '', 0, 1, 1],
  ]
  for (const [what, source, offset, line, column] of cases) {
    it(what, () => assert.deepEqual(placeAt(source, offset), { line, column }))
  }
})

describe('codeFrame', () => {
  it('shows two lines before and after, and marks line and column', () => {
    const source = Array.from({ length: 12 }, (_, index) => `line ${index + 1}`).join('\n')
    assert.equal(
      codeFrame(source, source.indexOf('10')),
      [
        '   8 | line 8',
        '   9 | line 9',
        '> 10 | line 10',
        '     |      ^',
        '  11 | line 11',
        '  12 | line 12',
      ].join('\n'),
    )
  })

  it('marks the column behind tabs, CRLF and letters of two units', () => {
    assert.equal(
      codeFrame('a\r\n\t😀 x\r\nb', 7),
      ['  1 | a', '> 2 |     😀 x', '    |       ^', '  3 | b'].join('\n'),
    )
  })

  it('cuts long lines around the place', () => {
    const source = `${'a'.repeat(500)}X${'b'.repeat(500)}\nshort`
    const [line = '', caret = ''] = codeFrame(source, 500).split('\n')
    assert.ok(line.length < 130, line)
    assert.equal(line[caret.indexOf('^')], 'X')
    assert.match(line, /\| …a+Xb+…$/)
  })

  it('cuts a long line at its end only where the place is near its beginning', () => {
    const [line = '', caret = ''] = codeFrame(`X${'b'.repeat(500)}`, 0).split('\n')
    assert.match(line, /\| Xb+…$/)
    assert.equal(line[caret.indexOf('^')], 'X')
  })

  it('marks the end of the text', () => {
    assert.equal(codeFrame('ab', 2), ['> 1 | ab', '    |   ^'].join('\n'))
  })
})
