import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { tempFolder, testDatabase } from '../../../../test/support/databases.ts'
import { createPostgresDialect } from '../../src/dialect/postgres/dialect.ts'
import { backupKinds, dumpOf, packedCopy, prepared, run } from './restore-support.ts'
import { targetOf } from './setup.ts'

const SCHEMA = `CREATE TABLE log (what text);
  CREATE FUNCTION note() RETURNS event_trigger LANGUAGE plpgsql AS
    'BEGIN INSERT INTO public.log VALUES (tg_tag); END';
  CREATE TABLE t AS SELECT generate_series(1, 1000) AS n;
  ${[1, 2, 3, 4].map((n) => `CREATE MATERIALIZED VIEW v${n} AS SELECT count(*) FROM t;`).join('')}
  CREATE EVENT TRIGGER noting ON ddl_command_end EXECUTE FUNCTION note();
  COMMENT ON EVENT TRIGGER noting IS 'notes'`

for (const { kind, skip } of backupKinds) {
  describe(`a backup of ${kind.name} with an event trigger`, { skip }, () => {
    it('is restored before the trigger sees anything of it, every time', async (t) => {
      const dialect = createPostgresDialect(targetOf(await testDatabase(t, kind)))
      await run(dialect, SCHEMA)
      const { file, content } = await dumpOf(t, dialect)
      const packed = join(await tempFolder(t), 'packed.dump')
      await writeFile(packed, (await packedCopy(dialect, true)).bytes)
      for (const dump of [file, file, packed]) {
        const progress: [number, number][] = []
        const onProgress = (...step: [number, number]) => void progress.push(step)
        const restored = await prepared(t, dialect, dump, { onProgress })
        assert.deepEqual(await restored.content(), content)
        const [trigger] = await run(
          restored.dialect,
          `SELECT evtname, obj_description(oid, 'pg_event_trigger') AS said FROM pg_event_trigger`,
        )
        assert.deepEqual(trigger, { evtname: 'noting', said: 'notes' })
        assert.deepEqual(await run(restored.dialect, 'SELECT * FROM v4'), [{ count: 1000 }])
        const [done, total] = progress.at(-1) ?? []
        assert.ok(total && total > 1000 && done === total, 'bytes')
      }
    })
  })
}
