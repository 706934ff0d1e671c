import type { Connection } from '../connection.ts'
import { send } from '../session.ts'

/** What belongs to a database and is in no dump of it. */
export interface Properties {
  readonly oid: number
  readonly name: string
  readonly owner: string
  /** Whether the user has the owner's rights, and may give a database to that role. */
  readonly owned: boolean
  readonly comment: string | null
  readonly connectionLimit: number
  readonly encoding: string
  readonly tablespace: string
  /** Whether the user may put a database there. */
  readonly placeable: boolean
  /** Its row of `pg_database`, whose columns differ between versions. */
  readonly row: Readonly<Record<string, unknown>>
  /** Null where nothing was ever granted or revoked. */
  readonly grants: readonly Grant[] | null
  readonly settings: readonly Setting[]
}

interface Grant {
  /** Null: everybody. */
  readonly grantee: string | null
  readonly privilege: string
  readonly grantable: boolean
}

export interface Setting {
  /** Null: whoever connects. */
  readonly role: string | null
  /** `name=value`. */
  readonly setting: string
}

export async function readProperties(
  connection: Connection,
  name: string,
): Promise<Properties | null> {
  const { rows } = await send<Properties>(connection, PROPERTIES, [name])
  return rows[0] ?? null
}

/** A database of that name with the encoding, the collation, the place and the owner of another one, empty. */
export function createStatement(
  { client }: Connection,
  name: string,
  like: Properties | null,
): string {
  const made = `CREATE DATABASE ${client.escapeIdentifier(name)} TEMPLATE template0`
  if (!like) return made
  const text = (column: string): string | null => {
    const value = like.row[column]
    return value === null || value === undefined ? null : client.escapeLiteral(String(value))
  }
  const provider = text('datlocprovider')
  // from 17 on one column for what is not the C library's
  const locale = text('datlocale') ?? text('daticulocale')
  const rules = text('daticurules')
  return [
    made,
    `OWNER ${client.escapeIdentifier(like.owner)}`,
    `ENCODING ${client.escapeLiteral(like.encoding)}`,
    `LC_COLLATE ${text('datcollate')} LC_CTYPE ${text('datctype')}`,
    provider === "'i'" && `LOCALE_PROVIDER icu ICU_LOCALE ${locale}`,
    provider === "'b'" && `LOCALE_PROVIDER builtin BUILTIN_LOCALE ${locale}`,
    rules && `ICU_RULES ${rules}`,
    // where it is made anyway it must not be said, since that would need a right
    like.tablespace !== 'pg_default' && `TABLESPACE ${client.escapeIdentifier(like.tablespace)}`,
  ]
    .filter(Boolean)
    .join(' ')
}

const PROPERTIES = `
SELECT d.oid, d.datname AS name, pg_get_userbyid(d.datdba) AS owner,
  pg_has_role(d.datdba, 'USAGE') AND CASE WHEN current_setting('server_version_num')::int >= 160000
    THEN pg_has_role(d.datdba, 'SET') ELSE true END AS owned,
  shobj_description(d.oid, 'pg_database') AS comment, d.datconnlimit AS "connectionLimit",
  pg_encoding_to_char(d.encoding) AS encoding,
  (SELECT spcname FROM pg_tablespace s WHERE s.oid = d.dattablespace) AS tablespace,
  has_tablespace_privilege(d.dattablespace, 'CREATE') AS placeable,
  to_jsonb(d) AS row,
  CASE WHEN d.datacl IS NOT NULL THEN (
    SELECT coalesce(json_agg(json_build_object('grantee', CASE WHEN a.grantee <> 0 THEN pg_get_userbyid(a.grantee) END,
      'privilege', a.privilege_type, 'grantable', a.is_grantable)), '[]')
    FROM aclexplode(d.datacl) a) END AS grants,
  (SELECT coalesce(json_agg(json_build_object('role', CASE WHEN s.setrole <> 0 THEN pg_get_userbyid(s.setrole) END,
      'setting', setting)), '[]')
    FROM pg_db_role_setting s, unnest(s.setconfig) AS setting WHERE s.setdatabase = d.oid) AS settings
FROM pg_database d WHERE d.datname = $1`
