import { type CodeInfo, code } from './code.ts'

/** Usage and configuration. */
export const USAGE = {
  USAGE: code(2, 'The command was not understood.', 'See the command with --help.'),
  CONFIG_INVALID: code(2, 'The configuration is not valid.', 'Correct the keys that are named.'),
  CONFIG_NOT_FOUND: code(
    2,
    'There is no configuration file.',
    'Pass --migrations DIR, or write migrate.config.mjs: `export default { migrations: "./migrations" }`.',
  ),
  URL_INVALID: code(
    2,
    'The database URL is malformed.',
    'Use sqlite:///relative.db, sqlite:////absolute.db or postgresql://user:password@host:5432/name.',
  ),
  CONFIRMATION_NEEDED: code(
    2,
    'The command asks for a confirmation and there is no terminal to ask on.',
    'Pass --yes to confirm.',
  ),
  OPTION_MISSING: code(2, 'An option that the command needs is missing.', 'Pass the option.'),
  DRIVER_MISSING: code(
    2,
    'The package pg, which PostgreSQL needs, is not installed.',
    'Run `npm install pg`.',
  ),
} as const satisfies Record<string, CodeInfo>
