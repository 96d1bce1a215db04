-- Run by somebody who may create in the schemas decoys and public. Each decoy counts its runs, which no rollback undoes,
-- and then fails, so that whatever ran it is seen.
CREATE SEQUENCE decoys.runs;

CREATE FUNCTION decoys.run(decoy text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM nextval('decoys.runs');
    RAISE 'the decoy % was run', decoy;
END
$$;

-- Make the decoys of a schema.
-- names: the functions that get parameters of the given types beside the catalogue's.
CREATE FUNCTION decoys.make(place text, names text[], types text[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $make$
DECLARE
    decoy record;
    body constant text := 'LANGUAGE plpgsql AS $$ BEGIN PERFORM decoys.run(%L); END $$';
BEGIN
    FOR decoy IN
        SELECT
            p.proname AS name,
            pg_get_function_identity_arguments(p.oid) AS arguments,
            CASE WHEN p.proretset THEN 'SETOF ' ELSE '' END || format_type(p.prorettype, NULL) AS result
        FROM pg_proc AS p
        WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind <> 'p'
            AND p.prorettype NOT IN ('internal'::regtype, 'trigger'::regtype, 'event_trigger'::regtype)
            -- The functions behind operators and types are called by their numbers.
            AND (p.proname = ANY (names) OR NOT EXISTS (SELECT FROM pg_operator AS o WHERE o.oprcode = p.oid))
        UNION ALL
        SELECT n.name, concat_ws(', ', a.type, b.type), 'int4'
        FROM (
            SELECT DISTINCT p.proname AS name
            FROM pg_proc AS p
            WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.proname = ANY (names)
        ) AS n
        CROSS JOIN unnest(types) AS a (type)
        CROSS JOIN unnest(types || NULL::text) AS b (type)
    LOOP
        BEGIN
            EXECUTE format('CREATE FUNCTION %I.%I(%s) RETURNS %s ' || body, place, decoy.name, decoy.arguments,
                decoy.result, decoy.name);
        EXCEPTION WHEN OTHERS THEN
            NULL;  -- of types that only functions in C take; doubled
        END;
    END LOOP;

    FOR decoy IN
        SELECT o.oid, o.oprname AS name, o.oprkind AS kind, format_type(o.oprleft, NULL) AS left_type,
            format_type(o.oprright, NULL) AS right_type, format_type(o.oprresult, NULL) AS result
        FROM pg_operator AS o
        WHERE o.oprnamespace = 'pg_catalog'::regnamespace
    LOOP
        BEGIN
            EXECUTE format('CREATE FUNCTION %I.operator_%s(%s) RETURNS %s ' || body, place, decoy.oid,
                concat_ws(', ', CASE WHEN decoy.kind = 'b' THEN decoy.left_type END, decoy.right_type), decoy.result,
                'operator ' || decoy.name);
            EXECUTE format('CREATE OPERATOR %I.%s (FUNCTION = %I.operator_%s, RIGHTARG = %s%s)', place, decoy.name, place,
                decoy.oid, decoy.right_type, CASE WHEN decoy.kind = 'b' THEN ', LEFTARG = ' || decoy.left_type END);
        EXCEPTION WHEN OTHERS THEN
            NULL;
        END;
    END LOOP;

    FOR decoy IN
        SELECT relname AS name FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind IN ('r', 'v')
    LOOP
        BEGIN
            EXECUTE format('CREATE VIEW %1$I.%2$I AS SELECT c.* FROM pg_catalog.%2$I AS c, decoys.run(%2$L)', place,
                decoy.name);
            EXECUTE format('GRANT SELECT ON %I.%I TO public', place, decoy.name);
        EXCEPTION WHEN invalid_table_definition THEN
            NULL;
        END;
    END LOOP;

    FOR decoy IN
        SELECT typname AS name
        FROM pg_type
        WHERE typnamespace = 'pg_catalog'::regnamespace AND typtype = 'b' AND typname !~ '^_' AND typname <> '"char"'
    LOOP
        BEGIN
            EXECUTE format('CREATE DOMAIN %1$I.%2$I AS pg_catalog.%2$I CHECK (decoys.run(%2$L) IS NULL)', place, decoy.name);
        EXCEPTION WHEN OTHERS THEN
            NULL;
        END;
    END LOOP;
END
$make$;
