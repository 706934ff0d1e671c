import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { JsonFileFault, quarantineOf } from '../../../src/v1/directory/json-file-fault.ts'
import type { StreamItem } from '../../../src/v1/directory/json-reader.ts'
import { streamItems } from '../../../src/v1/directory/stream-json.ts'

const going = new AbortController().signal

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

/** The items, and the fault that ended them. */
async function streamed(
  source: string | Buffer | AsyncIterable<Buffer>,
  lists: readonly string[],
  size = 7,
): Promise<{ items: StreamItem[]; code: string | null; message: string }> {
  const pieces =
    typeof source === 'string' || Buffer.isBuffer(source)
      ? inPieces(Buffer.from(source), size)
      : source
  const items: StreamItem[] = []
  try {
    for await (const item of streamItems(pieces, lists, going)) items.push(item)
  } catch (error) {
    if (!(error instanceof JsonFileFault)) throw error
    const { at } = error
    return { items, ...quarantineOf(error, at === null ? null : `byte ${at}`) }
  }
  return { items, code: null, message: '' }
}

const values = (items: readonly StreamItem[]) => items.map(({ value }) => value)

test('the items of the named lists come in order, whatever the pieces of the file', async () => {
  const text = `\ufeff {"metadata": {"a": [1, "}"]}, "workOrders" :[ {"id":"é\\"]"}, 2,"x,y" ],
    "n": -1, "dispenserData": {"W-1": {"b": 1}, "W\\u002d2": []}, "workOrders2": [1] , "none": {}} \r\n`
  for (const size of [1, 2, 3, 1000]) {
    const { items, code } = await streamed(text, ['workOrders', 'dispenserData', 'none'], size)
    assert.equal(code, null)
    assert.deepEqual(items, [
      { list: 'workOrders', member: 2, key: 0, value: { id: 'é"]' }, notes: [] },
      { list: 'workOrders', member: 2, key: 1, value: 2, notes: [] },
      { list: 'workOrders', member: 2, key: 2, value: 'x,y', notes: [] },
      { list: 'dispenserData', member: 4, key: 'W-1', value: { b: 1 }, notes: [] },
      { list: 'dispenserData', member: 4, key: 'W-2', value: [], notes: [] },
    ])
  }
})

test('a list streams to what JSON.parse makes of it', async () => {
  const list = fc.oneof(
    fc.array(fc.jsonValue()),
    fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })),
  )
  await fc.assert(
    fc.asyncProperty(list, fc.integer({ min: 1, max: 9 }), async (value, size) => {
      const whole = JSON.stringify({ other: value, list: value }, null, size % 3)
      const { items, code } = await streamed(whole, ['list'], size)
      assert.equal(code, null)
      const { list: expected } = JSON.parse(whole)
      assert.deepEqual(
        items.map((item) => [String(item.key), item.value]),
        Object.entries(expected),
      )
      if (!Array.isArray(value)) return
      const top = await streamed(JSON.stringify(value), [''], size)
      assert.deepEqual(values(top.items), expected)
    }),
    { numRuns: 60 },
  )
})

test('UTF-16 with its mark is converted', async () => {
  const little = Buffer.from('\ufeff["é😀", 1]', 'utf16le')
  for (const bytes of [little, Buffer.from(little).swap16()]) {
    assert.deepEqual(values((await streamed(bytes, [''], 3)).items), ['é😀', 1])
  }
  assert.equal((await streamed(little.subarray(0, -1), [''])).code, 'FILE_CUT')
})

test('a file that is cut off at any byte gives the items before, then says so', async () => {
  const text = '{"m": {"a": 1}, "list": [{"a": "x"}, 12, "é"], "o": {"k": [true], "l": 1}, "z": 0}'
  const bytes = Buffer.from(text)
  const all = (await streamed(text, ['list', 'o'])).items
  for (let length = 1; length < bytes.length; length++) {
    const { items, code } = await streamed(bytes.subarray(0, length), ['list', 'o'])
    assert.equal(code, 'FILE_CUT', `at ${length}`)
    assert.deepEqual(items, all.slice(0, items.length))
  }
  assert.equal((await streamed(`${text.slice(0, 40)}\0\0\0`, ['list'])).code, 'FILE_CUT')
  assert.equal((await streamed('\0\0\0\0', [''])).code, 'FILE_EMPTY')
  for (const empty of ['', ' \n', '\ufeff']) {
    assert.equal((await streamed(empty, [''])).code, 'FILE_EMPTY')
  }
})

test('a broken file gives the items before and names the byte, never what is written there', async () => {
  const broken: Record<string, [given: number, byte: number]> = {
    '["hunter2", hunter2, 3]': [1, 12],
    '["hunter2" 2, 3]': [0, 11],
    '[1, 2,]': [2, 6],
    '[,1]': [0, 1],
    '[1}': [0, 2],
    '[1] hunter2': [1, 4],
    '{"é": [1, {"a": 1,, "password": 2}]}': [1, 19],
    '{"é": [1] "b": 2}': [1, 11],
    '{"é": {"a": 1, hunter2}}': [1, 16],
    '{"é": {"a" 1}}': [0, 12],
    '{"é": [1], hunter2: 2}': [1, 12],
    '{"é": , "b": 1}': [0, 7],
    '{"é": [1],}': [1, 11],
    '{1: [1]}': [0, 1],
    hunter2: [0, 0],
  }
  for (const [text, [given, byte]] of Object.entries(broken)) {
    const { items, code, message } = await streamed(text, ['', 'é'])
    assert.deepEqual([text, items.length, code], [text, given, 'FILE_UNREADABLE'])
    assert.equal(message, `The file is not valid JSON at byte ${byte}.`, text)
  }
  const latin1 = Buffer.from('["a", "caf\xe9"]', 'latin1')
  const { items, code } = await streamed(latin1, [''])
  assert.deepEqual([values(items), code], [['a'], 'FILE_UNREADABLE'])
})

test('a file that holds none of the lists is told from an empty list', async () => {
  for (const text of ['{"jobs": []}', '[1]', '"workOrders"', '12']) {
    assert.equal((await streamed(text, ['workOrders'])).code, 'SHAPE_UNKNOWN', text)
  }
  for (const text of ['{}', '{"workOrders": [ ]}', '{"workOrders": null}']) {
    assert.equal((await streamed(text, ['workOrders'])).code, null)
  }
})

test('one item may be neither too deep nor too large', async () => {
  const deep = await streamed(`[1, ${'['.repeat(100_000)}`, [''], 1000)
  assert.deepEqual([values(deep.items), deep.code], [[1], 'TOO_DEEP'])
  const passed = await streamed(`{"m": ${'{"a":'.repeat(100_000)}`, ['list'], 1000)
  assert.equal(passed.code, 'TOO_DEEP')

  const huge = Buffer.from(`["a", "${'x'.repeat(33 * 1024 * 1024)}", "b"]`)
  const large = await streamed(huge, [''], 256 * 1024)
  assert.deepEqual([values(large.items), large.code], [['a'], 'FILE_TOO_LARGE'])
})

test('numbers stay as text with a note within the item, and __proto__ is a key like others', async () => {
  const text =
    '{"o": {"a/b": {"n": [1e400]}, "__proto__": {"admin": 1}, "a/b": 12345678901234567890}}'
  const { items } = await streamed(text, ['o'])
  const note = (position: string) => ({ code: 'NUMBER_AS_TEXT', position })
  assert.deepEqual(
    items.map(({ key, value, notes }) => [key, value, notes]),
    [
      ['a/b', { n: ['1e400'] }, [note('/n/0')]],
      ['__proto__', { admin: 1 }, []],
      ['a/b', '12345678901234567890', [note('')]],
    ],
  )
  assert.equal(({} as { admin?: unknown }).admin, undefined)
})

test('a list that stands twice is given twice, each with its member', async () => {
  const { items } = await streamed('{"a": [1, 2], "b": [3], "a": [4]}', ['a', 'b'])
  assert.deepEqual(
    items.map(({ list, member, key }) => `${member} ${list}/${key}`),
    ['1 a/0', '1 a/1', '2 b/0', '3 a/0'],
  )
})

test('a large file is streamed whole, without being kept', async () => {
  const order = (id: number) => ({
    id: `W-${id}`,
    html: `<b class="x">é\n</b>`.repeat(40),
    at: id / 7,
  })
  const count = 30_000
  async function* file(): AsyncGenerator<Buffer> {
    yield Buffer.from('{"workOrders": [')
    for (let id = 0; id < count; id++) {
      yield Buffer.from(`${id ? ',\r\n' : ''}${JSON.stringify(order(id))}`)
    }
    yield Buffer.from('], "metadata": {}}')
  }
  let next = 0
  let most = 0
  for await (const { key, value } of streamItems(file(), ['workOrders'], going)) {
    assert.equal(key, next)
    if (next % 1000 === 0) {
      assert.deepEqual(value, order(next))
      most = Math.max(most, process.memoryUsage().heapUsed)
    }
    next++
  }
  assert.equal(next, count)
  assert.ok(most < 200 * 1024 * 1024, `${most} bytes of heap`)
})

test('streaming stops when it is told to', async () => {
  const stop = new AbortController()
  const read = async () => {
    for await (const _ of streamItems(inPieces(Buffer.from('[1,2,3]'), 2), [''], stop.signal)) {
      stop.abort()
    }
  }
  await assert.rejects(read(), { name: 'AbortError' })
})
