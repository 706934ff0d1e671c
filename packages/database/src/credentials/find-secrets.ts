import { parseSealed } from './cipher.ts'
import { type JsonNode, readJson } from './json-spans.ts'
import {
  isLabelled,
  isPushoverUser,
  isSecretName,
  isSecretTextName,
  isSecretUrl,
  mayHoldSecrets,
} from './secret-names.ts'

/** A secret in a JSON text. */
export interface SecretSpan {
  /** Where in the document (RFC 6901). Of duplicate keys, each has the same. */
  readonly pointer: string
  /** Where in the text. */
  readonly start: number
  readonly end: number
  /** Null for a number. */
  readonly text: string | null
}

/**
 * Whether a text in JSON is a secret whatever it is called: a URL with a password, JSON in a text that holds a secret of
 * its own, and what looks sealed, which must open or is damaged.
 */
export function isSecretText(text: string): boolean {
  if (text.startsWith('enc:v1:')) return parseSealed(text) !== null
  return isSecretUrl(text) || holdsSecrets(text)
}

/** JSON that is written as a text within JSON. */
function holdsSecrets(text: string): boolean {
  if (!/^\s*[{["]/.test(text) || !mayHoldSecrets(text)) return false
  return (findSecrets(text)?.length ?? 0) > 0
}

/**
 * The secrets in a JSON text, in their order: the strings and numbers under a secret name, all of them in an object or
 * array there, the `value` beside such a `name`, and what {@link isSecretText} finds. An empty string is none. Null for
 * what is no JSON or is nested too deep. `isSecret`: the whole document is one; `name` is what it is
 * called, for what is secret under that name only.
 */
export function findSecrets(json: string, isSecret = false, name = ''): SecretSpan[] | null {
  const found: SecretSpan[] = []
  const path: (string | number)[] = []

  const visit = (node: JsonNode, secret: boolean, isText: boolean): void => {
    const { start, end } = node
    if (node.kind === 'text') {
      const { value } = node
      if (value === '' || !(secret || isText || isSecretText(value))) return
      found.push({ pointer: pointerTo(path), start, end, text: value })
    } else if (node.kind === 'number') {
      if (secret) found.push({ pointer: pointerTo(path), start, end, text: null })
    } else if (node.kind === 'array') {
      for (const [at, item] of node.items.entries()) visitAt(at, item, secret, false)
    } else if (node.kind === 'object') {
      const { members } = node
      const labelled =
        members.some(([key]) => key === 'value') && isLabelled((name) => textOf(members, name))
      for (const [key, member] of members) {
        const isOne = secret || isSecretName(key) || (labelled && key === 'value')
        const isOneText = isSecretTextName(key) || isPushoverUser(key, name, path)
        visitAt(key, member, isOne, isOneText)
      }
    }
  }

  const visitAt = (key: string | number, node: JsonNode, secret: boolean, isText: boolean) => {
    path.push(key)
    visit(node, secret, isText)
    path.pop()
  }

  try {
    visit(readJson(json), isSecret, false)
    return found
  } catch (thrown) {
    if (thrown instanceof SyntaxError || thrown instanceof RangeError) return null
    throw thrown
  }
}

/** As a reader sees it: of duplicate keys the last one. */
function textOf(members: readonly (readonly [string, JsonNode])[], name: string): unknown {
  const node = members.findLast(([key]) => key === name)?.[1]
  return node?.kind === 'text' ? node.value : null
}

/** A pointer of RFC 6901. */
export const pointerTo = (path: readonly (string | number)[]): string =>
  path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
