-- The roles that MemoryChat needs on Postgres (15 or newer) and on Supabase.
--
-- Run it once per database, as whoever administers it (on Supabase: in the SQL editor); running it
-- again changes nothing. Then give the role that MemoryChat logs in as a password, and put that into
-- DATABASE_URL:
--
--     ALTER ROLE memorychat PASSWORD '…';
--     DATABASE_URL=postgresql://memorychat:…@host:5432/database
--
-- MemoryChat logs in as a role that row-level security binds, and that is nobody by itself. In each
-- transaction it becomes "authenticated" with the claims of one user, who is shown and gives only
-- their own rows, or "memorychat_system" for what no single user asked for.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'authenticated') THEN
        CREATE ROLE authenticated NOLOGIN NOINHERIT; -- Supabase has it
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'memorychat_system') THEN
        CREATE ROLE memorychat_system NOLOGIN NOINHERIT;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'memorychat') THEN
        CREATE ROLE memorychat LOGIN NOINHERIT;
    END IF;
END
$$;

-- By itself it is "authenticated" without claims, who is nobody; the other it becomes on purpose only.
DO $$
BEGIN
    IF current_setting('server_version_num')::int < 160000 THEN
        GRANT authenticated, memorychat_system TO memorychat;
    ELSE
        EXECUTE 'GRANT authenticated TO memorychat WITH INHERIT TRUE, SET TRUE';
        EXECUTE 'GRANT memorychat_system TO memorychat WITH INHERIT FALSE, SET TRUE';
    END IF;
END
$$;

-- Who calls, as Supabase tells it. It has both already, and they stay as they are.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = 'auth') THEN
        CREATE SCHEMA auth;
        GRANT USAGE ON SCHEMA auth TO authenticated, memorychat_system, memorychat;
    END IF;
    IF to_regprocedure('auth.uid()') IS NULL THEN
        CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS
            'SELECT (nullif(current_setting(''request.jwt.claims'', true), '''')::jsonb ->> ''sub'')::uuid';
        GRANT EXECUTE ON FUNCTION auth.uid() TO authenticated, memorychat_system, memorychat;
    END IF;
END
$$;

-- Where its tables are. What other roles make there is none of its business.
GRANT USAGE, CREATE ON SCHEMA public TO memorychat;
GRANT USAGE ON SCHEMA public TO authenticated, memorychat_system;

-- The keys of users stand apart, so that a backup of everything else can leave them out.
CREATE SCHEMA IF NOT EXISTS memorychat_keys;
GRANT USAGE, CREATE ON SCHEMA memorychat_keys TO memorychat;
GRANT USAGE ON SCHEMA memorychat_keys TO memorychat_system;

-- Vectors, unless a Qdrant server holds them.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'vector') THEN
        RAISE WARNING 'pgvector is not installed on this server: set QDRANT_URL, or install it';
    ELSIF EXISTS (SELECT FROM pg_namespace WHERE nspname = 'extensions') THEN
        CREATE EXTENSION IF NOT EXISTS vector SCHEMA extensions;
        BEGIN
            GRANT USAGE ON SCHEMA extensions TO authenticated, memorychat_system, memorychat;
        EXCEPTION WHEN insufficient_privilege THEN
            NULL; -- everybody has it there
        END;
    ELSE
        CREATE EXTENSION IF NOT EXISTS vector;
    END IF;
END
$$;
