/** One of these stands in every name of a secret, in capitals or not. */
export const SECRET_WORDS = 'pass pw secret token key auth pin cookie bearer credential'.split(' ')
/** Cheap, for the many names that are none. */
const MAYBE = new RegExp(SECRET_WORDS.join('|'), 'i')

/** What a name ends with that is a secret as a whole word. */
const CORES = new Set(
  `password passwords passwd pwd pw passphrase passcode secret secrets token cookie bearer authorization`.split(
    ' ',
  ),
)
/** As a whole name, or after one of {@link OWNERS}: a boarding pass and a map's pin are none. */
const ALONE = new Set(['pass', 'pin', 'cookies'])
const OWNERS = new Set(
  `smtp email mail imap pop db database user login admin ftp sftp ssh http proxy session auth set my old new current`.split(
    ' ',
  ),
)
/** What makes a key a secret one: primary, foreign, public and sort keys are none. */
const KEYS = new Set(
  `api app auth access user private secret pushover encryption decryption signing session master ssh shared
   webhook license cipher hmac aes rsa`.split(/\s+/),
)
/** What may stand after the word that counts: `passwordConfirm`, `api_key_value`. */
const AFTER = new Set(
  'value confirm confirmation confirmed repeat again plain clear text code'.split(' '),
)
/** What makes a name a question about a secret: `hasPassword`, `forgot_password`. */
const FLAGS =
  `has have is are was no not needs need requires require required forgot forget show hide allow allows
  accept accepts can should must without use uses`.split(/\s+/)
const FLAG = new Set(FLAGS)

/** Written as one word, `smtppassword`, a name says no more than how it ends. */
const ENDINGS =
  /(?:password|passwd|passphrase|secret|token|apikey|appkey|authkey|accesskey|privatekey|secretkey|userkey|pushoverkey|encryptionkey|signingkey|sessionkey|masterkey)$/
const OTHERS = new Set(
  'smtppass emailpass mailpass smtppw emailpw mailpw apikeys pincode'.split(' '),
)
const ONE_FLAG = new RegExp(
  `^(?:${FLAGS.join('|')})(?:password|passwd|passphrase|secret|token|pin|cookie)s?$`,
)

/**
 * Whether what stands under a name in JSON is a secret: `password`, `app_token`, `User-Key`, `passwordConfirm` … By whole
 * words in camelCase, snake_case or kebab-case, the last of which counts; never by a part of a word: `passed`, `tokens`,
 * `keyboard`, `passwordHash` and `hasPassword` are none.
 */
export function isSecretName(name: string): boolean {
  return kindOf(name) === 'secret'
}

/** Whether a text right under a name is one, and an object there is looked into: `auth`, `credentials`. */
export function isSecretTextName(name: string): boolean {
  return kindOf(name) === 'text'
}

const PUSHOVER = /pushover/i

/**
 * Whether a text is the user key of Pushover, which its API calls `user`: there only, in a document that is called so
 * (`document`) or below a member that is (`path`, of the object it stands in). Elsewhere a user is none.
 */
export const isPushoverUser = (
  name: string,
  document: string,
  path: readonly (string | number)[],
): boolean =>
  name === 'user' &&
  (PUSHOVER.test(document) || path.some((key) => typeof key === 'string' && PUSHOVER.test(key)))

type NameKind = 'secret' | 'text' | null

const TEXTS = new Set(['auth', 'credential', 'credentials'])

function kindOf(name: string): NameKind {
  const before = told.get(name)
  if (before !== undefined) return before
  const kind = MAYBE.test(name) ? read(wordsOf(name)) : null
  if (told.size < MANY_NAMES && name.length < LONG_NAME) told.set(name, kind)
  return kind
}

/** Documents of one kind have the same few names; there are some that have ids for names. */
const told = new Map<string, NameKind>()
const MANY_NAMES = 2000
const LONG_NAME = 100

/** In lower case; without numbers, which only count. */
const wordsOf = (name: string): string[] =>
  (name.match(/[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+/g) ?? []).map((word) => word.toLowerCase())

function read(words: readonly string[]): NameKind {
  const [first = ''] = words
  const last = words.findLastIndex((word, at) => at === 0 || !AFTER.has(word))
  const [before = '', word = ''] = [words[last - 1], words[last]]
  if (last === 0) {
    if (TEXTS.has(word)) return words.length === 1 ? 'text' : null
    return isSecretWord(word) ? 'secret' : null
  }
  if (FLAG.has(first)) return null
  const isSecret =
    word === 'key' || word === 'keys'
      ? KEYS.has(before)
      : ALONE.has(word)
        ? OWNERS.has(before)
        : isSecretWord(word)
  return isSecret ? 'secret' : null
}

function isSecretWord(word: string): boolean {
  if (CORES.has(word) || ALONE.has(word) || OTHERS.has(word)) return true
  return ENDINGS.test(word) && !ONE_FLAG.test(word)
}

/** The members that say what the value beside them is called: `{"name": "password", "value": …}`. */
const LABELS = ['name', 'key', 'field', 'label'] as const

/** Whether an object's `value` is a secret because its `name` (`key`, `field`, `label`) is a secret's. */
export const isLabelled = (member: (name: string) => unknown): boolean =>
  LABELS.some((label) => {
    const name = member(label)
    return typeof name === 'string' && isSecretName(name)
  })

/** A user with a password before a host: `smtp://ann:word@mail`. */
const URL_PASSWORD = /^\s*[a-z][a-z\d+.-]*:\/\/[^\s/?#:@]*:[^\s/?#@]+@/i
const ANY_URL_PASSWORD = /:(?:\\?\/){2}[^\s"\\/?#:@]*:[^\s"/?#@]+@/

/** Whether a text is a secret whatever it is called: a URL with a password. */
export const isSecretUrl = (text: string): boolean =>
  text.includes('@') && text.includes('://') && URL_PASSWORD.test(text)

/**
 * Whether a JSON text may hold a secret: much cheaper than to read it. An escape may hide a name, and what is sealed
 * may stand anywhere. `document` is what the JSON is called.
 */
export const mayHoldSecrets = (json: string, document = ''): boolean =>
  MAYBE.test(json) ||
  PUSHOVER.test(json) ||
  PUSHOVER.test(document) ||
  json.includes('\\u') ||
  json.includes('enc:v1:') ||
  (json.includes('@') && ANY_URL_PASSWORD.test(json))
