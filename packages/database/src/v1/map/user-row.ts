import { isObject, type JsonObject } from '../record.ts'
import { get, isNothing, nameAt, nameOf, restOf, withRest } from './fields.ts'
import { type Draft, dateOf, say } from './mapping.ts'

const DEEPEST = 200
const TEXTS = ['label', 'friendlyName', 'configuredEmail'] as const
const KNOWN = new Set([
  ...['id', 'email', 'password', 'lastUsed', 'notificationSettings', 'preferences', 'isTutorial'],
  ...TEXTS,
])

/**
 * The columns of a user's row less the id. Members that V2 has no column for, and those that their
 * column cannot hold, stand in the preferences under `v1`; the password stands in its column only.
 */
export function userValues(row: Draft, value: JsonObject, email: string) {
  const rest = restOf(value, KNOWN)
  for (const name of TEXTS) {
    const text = get(value, name)
    if (!isNothing(text) && nameOf(text) === null) rest[name] = text
  }
  const lastUsed = get(value, 'lastUsed')
  const used = dateOf(row, lastUsed, '/lastUsed')
  if (used === null && !isNothing(lastUsed)) rest.lastUsed = lastUsed
  return {
    email,
    password_hash: passwordOf(row, get(value, 'password')),
    label: nameAt(value, 'label'),
    friendly_name: nameAt(value, 'friendlyName'),
    configured_email: nameAt(value, 'configuredEmail'),
    last_used: used,
    notification_settings: settingsOf(row, value, 'notificationSettings'),
    preferences_json: withRest('preferences', settingsOf(row, value, 'preferences'), rest),
  }
}

/** As it was typed: a space at its end belongs to it. */
function passwordOf(row: Draft, password: unknown): string | null {
  if (password === null || password === undefined || password === '') return null
  if (typeof password === 'string' || typeof password === 'number') return String(password)
  say(row, 'VALUE_UNREADABLE', 'The password is no text: the user needs a new one.', '/password')
  return null
}

/** An object or a list, also one that was written as text. */
function settingsOf(row: Draft, user: JsonObject, name: string): unknown {
  const value = get(user, name)
  if (isNothing(value)) return null
  const settings = typeof value === 'string' ? parsed(value) : value
  if (settings === null) return null
  if (typeof settings === 'object' && !isDeeper(settings, DEEPEST)) return settings
  const message = 'No settings can be read here: left empty, and kept in the archive of V1.'
  say(row, 'SETTINGS_UNREADABLE', message, `/${name}`)
  return null
}

/** Undefined for what is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isDeeper(value: unknown, levels: number): boolean {
  if (!isObject(value) && !Array.isArray(value)) return false
  return levels === 0 || Object.values(value).some((member) => isDeeper(member, levels - 1))
}
