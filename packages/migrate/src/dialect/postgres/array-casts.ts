import { isBlank, type Token, tokens } from '../../sql/tokens.ts'

/**
 * A definition as PostgreSQL prints it, with the casts of an array at its elements. What `status IN ('a', 'b')` on a
 * varchar comes to is first printed as `(ARRAY['a'::character varying, …])::text[]`; once that text was read again,
 * as that of a dump is, as `ARRAY[('a'::character varying)::text, …]`. Both become `ARRAY['a'::character varying::text,
 * …]`, which is SQL and means the same.
 */
export function castElements(sql: string): string {
  if (!sql.includes('ARRAY[')) return sql
  const all = [...tokens(sql, 'postgres')]
  return spell({ sql, all, closing: closingOf(all) }, 0, all.length)
}

interface Text {
  readonly sql: string
  readonly all: readonly Token[]
  /** Where what opens at a place is closed: brackets, and CASE. */
  readonly closing: ReadonlyMap<number, number>
}

/** An array's literal with the casts behind it. `end` is exclusive, as every end here. */
interface ArrayLiteral {
  /** Where its bracket opens. */
  readonly open: number
  /** The types of elements that it is cast to, one after the other. */
  readonly types: readonly string[]
  readonly end: number
}

/** `x::a::b`. */
interface Cast {
  readonly from: number
  readonly to: number
  readonly types: readonly string[]
}

function closingOf(all: readonly Token[]): Map<number, number> {
  const closing = new Map<number, number>()
  const open: { at: number; by: string }[] = []
  all.forEach(({ kind, text }, at) => {
    const by = kind === 'punctuation' || kind === 'word' ? CLOSED_BY[text] : undefined
    const last = open.at(-1)
    if (by) open.push({ at, by })
    else if (last?.by === text) closing.set((open.pop() as typeof last).at, at)
  })
  return closing
}

const CLOSED_BY: Readonly<Record<string, string>> = { '(': ')', '[': ']', CASE: 'END' }

function spell(text: Text, from: number, to: number): string {
  let spelled = ''
  for (let at = from; at < to; ) {
    const array = arrayAt(text, at, to)
    spelled += array ? spellArray(text, array.open, array.types) : text.all[at]?.text
    at = array ? array.end : at + 1
  }
  return spelled
}

/** `ARRAY[…]` or `(ARRAY[…])::type[]`; null where there is none, or none with elements. */
function arrayAt(text: Text, at: number, to: number): ArrayLiteral | null {
  const { all, closing } = text
  // the parentheses of a call stand right behind its name
  const isGrouped = all[at]?.text === '(' && !isName(all[at - 1])
  const open = isGrouped ? at + 2 : at + 1
  const close = all[open]?.text === '[' && isArray(all[open - 1]) ? closing.get(open) : undefined
  if (close === undefined || close === open + 1) return null
  if (isGrouped && all[close + 1]?.text !== ')') return null
  const { types, end } = castsAt(text, isGrouped ? close + 2 : close + 1, to, ARRAY_TYPE)
  return isGrouped && types.length === 0 ? null : { open, types, end }
}

const isArray = (token: Token | undefined): boolean =>
  token?.kind === 'word' && token.text === 'ARRAY'

const isName = (token: Token | undefined): boolean =>
  token?.kind === 'word' || token?.kind === 'quoted'

const NAME = '(?:"(?:[^"]|"")+"|[A-Za-z_\\x80-\\uffff][\\w$\\x80-\\uffff]*)'
const FIELD = '(?:year|month|day|hour|minute|second)'
// as format_type writes them
const TYPE = `${NAME}(?:\\.${NAME})?(?: varying| precision)?(?: ${FIELD}(?: to ${FIELD})?)?(?:\\([\\d,-]+\\))?(?: with(?:out)? time zone)?`
const ARRAY_TYPE = new RegExp(`(${TYPE})\\[\\]`, 'y')
const ANY_TYPE = new RegExp(`(${TYPE}(?:\\[\\])?)`, 'y')

/** The casts that begin at a place, and where they end. */
function castsAt({ sql, all }: Text, at: number, to: number, type: RegExp) {
  const types: string[] = []
  let end = at
  while (end < to && all[end]?.text === '::') {
    type.lastIndex = (all[end] as Token).end
    const name = type.exec(sql)?.[1]
    if (name === undefined) break
    types.push(name)
    while (end < to && (all[end] as Token).start < type.lastIndex) end++
  }
  return { types, end }
}

function spellArray(text: Text, open: number, types: readonly string[]): string {
  const close = text.closing.get(open) as number
  const elements: string[] = []
  for (let from = open + 1, at = from; at <= close; at = afterThing(text, at)) {
    if (at < close && text.all[at]?.text !== ',') continue
    elements.push(spellElement(text, from, at, types))
    from = at + 1
  }
  return `ARRAY[${elements.join(', ')}]`
}

const afterThing = ({ closing }: Text, at: number): number => (closing.get(at) ?? at) + 1

function spellElement(text: Text, first: number, last: number, types: readonly string[]): string {
  const [from, to] = trimmed(text, first, last)
  const array = arrayAt(text, from, to)
  if (array?.end === to) return spellArray(text, array.open, [...array.types, ...types])
  const cast = castIn(text, from, to)
  const inner = cast ? spell(text, cast.from, cast.to) : spell(text, from, to)
  const all = [...(cast?.types ?? []), ...types].map((type) => `::${type}`)
  return (cast || all.length === 0 ? inner : `(${inner})`) + all.join('')
}

function trimmed({ all }: Text, first: number, last: number): [from: number, to: number] {
  let [from, to] = [first, last]
  while (from < to && isBlank(all[from] as Token)) from++
  while (to > from && isBlank(all[to - 1] as Token)) to--
  return [from, to]
}

/** A thing that no operator is in, with its casts; the parentheses round a cast of its own are none of it. */
function castIn(text: Text, from: number, to: number): Cast | null {
  const { all, closing } = text
  let end = from
  for (; end < to && all[end]?.text !== '::'; end = afterThing(text, end)) {
    const { kind, text: said } = all[end] as Token
    if (kind === 'space' || (kind === 'punctuation' && !/^[.([]$/.test(said))) return null
  }
  const casts = castsAt(text, end, to, ANY_TYPE)
  if (casts.end !== to) return null
  const isGroup = all[from]?.text === '(' && closing.get(from) === end - 1
  const inner = isGroup ? castIn(text, ...trimmed(text, from + 1, end - 1)) : null
  if (inner) return { ...inner, types: [...inner.types, ...casts.types] }
  return { from, to: end, types: casts.types }
}
