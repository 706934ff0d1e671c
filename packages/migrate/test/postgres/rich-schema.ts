/** A schema with something of every kind that a snapshot knows. */
export const RICH_SCHEMA = `
CREATE SCHEMA audit;
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN positive AS int DEFAULT 1 NOT NULL CONSTRAINT is_positive CHECK (VALUE > 0);
CREATE DOMAIN small_positive AS positive CHECK (VALUE < 100);
CREATE TYPE point3 AS (x float8, y float8, "Z" float8);
CREATE TYPE span AS RANGE (subtype = numeric);
CREATE SEQUENCE ticket START 100 INCREMENT 5;
CREATE FUNCTION double(n int DEFAULT 2) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT n * 2';
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.touched = now(); RETURN NEW; END$$;
CREATE TABLE users (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email varchar(100) NOT NULL CONSTRAINT users_email_once UNIQUE,
  name text COLLATE "C" DEFAULT 'nobody',
  feeling mood NOT NULL DEFAULT 'ok',
  size small_positive,
  at point3,
  during span,
  ticket_no bigint DEFAULT nextval('ticket'),
  twice int GENERATED ALWAYS AS (double(length(email))) STORED,
  touched timestamptz(3),
  CONSTRAINT name_or_mail CHECK (name IS NOT NULL OR email <> '')
);
CREATE TABLE "Odd.Name" (
  "a b" serial,
  user_id bigint CONSTRAINT owner REFERENCES users ON DELETE CASCADE ON UPDATE SET NULL DEFERRABLE INITIALLY DEFERRED,
  parent int,
  UNIQUE NULLS NOT DISTINCT ("a b", user_id),
  PRIMARY KEY ("a b"),
  EXCLUDE USING gist (int4range(parent, parent + 1) WITH &&)
);
ALTER TABLE "Odd.Name" ADD CONSTRAINT up FOREIGN KEY (parent) REFERENCES "Odd.Name" NOT VALID;
ALTER TABLE users ADD COLUMN odd int REFERENCES "Odd.Name";
CREATE INDEX by_name ON users (lower(name) DESC, email COLLATE "C" text_pattern_ops NULLS FIRST) INCLUDE (touched)
  WHERE touched IS NOT NULL;
CREATE INDEX by_words ON users USING gin (to_tsvector('english', name));
CREATE UNIQUE INDEX once ON users (lower(email));
CREATE UNLOGGED TABLE cache (key text PRIMARY KEY, value jsonb) WITH (fillfactor = 70);
CREATE TABLE events (at date NOT NULL, kind text) PARTITION BY RANGE (at);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE INDEX by_kind ON events (kind);
CREATE TABLE audit.log (id int PRIMARY KEY, what text, note text);
CREATE INDEX by_what ON audit.log (what);
ALTER TABLE audit.log ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON audit.log FOR SELECT USING (what = CURRENT_USER);
CREATE VIEW mails AS SELECT email, name FROM users WHERE touched IS NOT NULL;
CREATE VIEW short_mails AS SELECT m.email, l.what FROM mails m JOIN audit.log l ON l.what = m.email
  WHERE EXISTS (SELECT FROM users u WHERE u.email = m.email);
CREATE MATERIALIZED VIEW counts AS SELECT feeling, count(*) AS n FROM users GROUP BY feeling;
CREATE UNIQUE INDEX one_a_feeling ON counts (feeling);
CREATE FUNCTION users_of(f mood) RETURNS SETOF users LANGUAGE sql STABLE BEGIN ATOMIC
  SELECT * FROM users WHERE feeling = f; END;
CREATE FUNCTION instead() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$;
CREATE TRIGGER adding INSTEAD OF INSERT ON mails FOR EACH ROW EXECUTE FUNCTION instead();
CREATE PROCEDURE forget(bigint) LANGUAGE sql AS 'DELETE FROM users WHERE id = $1';
CREATE TRIGGER touching BEFORE UPDATE ON users FOR EACH ROW WHEN (OLD.name IS DISTINCT FROM NEW.name)
  EXECUTE FUNCTION touch();
CREATE TRIGGER off BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION touch();
ALTER TABLE users DISABLE TRIGGER off;
CREATE DOMAIN letter AS varchar(3) CHECK (VALUE IN ('a', 'b'));
CREATE TABLE lists (
  status varchar(20) DEFAULT 'open' CONSTRAINT known CHECK (status IN ('open', 'it''s', 'x' || 'y')),
  level numeric CONSTRAINT levels CHECK (level = ANY (ARRAY[1, -2])),
  open boolean GENERATED ALWAYS AS (status NOT IN ('done', 'gone')) STORED,
  easy boolean DEFAULT ('a'::varchar IN ('b', 'c'))
);
CREATE INDEX unfinished ON lists ((status IN ('a', 'b'))) WHERE status IN ('open', CASE WHEN true THEN 'x' ELSE 'y' END);
CREATE VIEW open_lists AS SELECT level FROM lists WHERE status IN ('open', 'new');
CREATE TRIGGER listing BEFORE UPDATE ON lists FOR EACH ROW WHEN (NEW.status IN ('x' || 'y', 'z')) EXECUTE FUNCTION touch();
ALTER TABLE lists ENABLE ROW LEVEL SECURITY;
CREATE POLICY "it's" ON lists USING (status IN ('open', 'new')) WITH CHECK (status <> ALL (ARRAY['x'::varchar, 'y']));
CREATE FUNCTION is_known(s varchar, y boolean DEFAULT ('a'::varchar IN ('a', 'b'))) RETURNS boolean LANGUAGE sql
  BEGIN ATOMIC SELECT s IN ('a', 'b'); END;
CREATE TABLE schema_migrations (id bigserial PRIMARY KEY, version text UNIQUE);
CREATE TABLE schema_migration_log (seq bigint PRIMARY KEY);
CREATE TEMP TABLE passing (id int);
`
