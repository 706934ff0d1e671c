import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { execute } from '../../../../test/support/databases.ts'
import { createProject, type Project, table } from '../contract/project.ts'
import { newWriter, type postgresKinds, urlOfNewRole } from './setup.ts'

const FILES = {
  'v001_orders.sql': `-- migrate:up
CREATE TYPE mood AS ENUM ('glad');
CREATE TABLE orders (id SERIAL PRIMARY KEY, label VARCHAR(20) NOT NULL);
CREATE VIEW labels AS SELECT label FROM orders;
CREATE SEQUENCE tickets;
CREATE FUNCTION twice(n INTEGER) RETURNS INTEGER LANGUAGE sql AS 'SELECT n * 2';
CREATE TABLE books (id INTEGER PRIMARY KEY);
-- migrate:down
DROP TABLE books; DROP FUNCTION twice; DROP SEQUENCE tickets; DROP VIEW labels; DROP TABLE orders; DROP TYPE mood;
`,
  'v002_users.sql': table('users'),
}

/** A project that is not migrated yet, and the URLs of two new roles in its database. */
export async function unmigrated(t: TestContext, kind: (typeof postgresKinds)[number]) {
  const project = await createProject(t, kind, FILES)
  const writer = await newWriter(t, await project.dialect())
  const [appUrl, adminUrl] = [
    await urlOfNewRole(project.url, writer),
    await urlOfNewRole(project.url, writer),
  ]
  const roles = { app: new URL(appUrl).username, admin: new URL(adminUrl).username }
  const named = await project.open({ roles, ownTables: ['books'], backup: 'off' })
  return { project, named, appUrl, adminUrl, roles }
}

export async function roled(t: TestContext, kind: (typeof postgresKinds)[number]) {
  const made = await unmigrated(t, kind)
  await made.project.migrator.migrate()
  return made
}

export const refused = (url: string, statement: string) =>
  assert.rejects(execute(url, statement), { code: '42501' }, statement)

/** What the check of rights finds. */
export async function findings(project: Awaited<ReturnType<Project['open']>>) {
  const { findings } = await project.validate({ categories: ['security'] })
  return findings
    .filter(({ check }) => check === 'rights of the roles')
    .map(({ code, severity, at, count }) =>
      `${severity} ${code} ${at?.object} ${count ?? ''}`.trim(),
    )
}
