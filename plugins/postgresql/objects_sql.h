// SPDX-License-Identifier: Apache-2.0
/* objects_sql - pieces of the queries that list things. Names are qualified throughout; operators
   need not be, since search_path is empty. */
#pragma once

#define PC "pg_catalog."
#define CLASS(name) "'pg_catalog." name "'::pg_catalog.regclass::pg_catalog.oid"

/* No partition any more, once a DETACH ... CONCURRENTLY of it, or of one above it, was begun: such
   a one is the root of its own tree. */
#define IS_DETACHED                                                                                \
    "c.relispartition AND (SELECT g.relispartition FROM pg_catalog.pg_class g"                     \
    " WHERE g.oid = pg_catalog.pg_partition_root(c.oid))"

/* Not a built-in, not a member of an extension. */
#define OURS(class_name, x)                                                                        \
    x ".oid >= 16384 AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend e_ WHERE e_.classid = "    \
      "'pg_catalog." class_name "'::pg_catalog.regclass AND e_.objid = " x                         \
      ".oid AND e_.deptype = 'e')"

#define USERS(n) n ".nspname !~ '^pg_' AND " n ".nspname <> 'information_schema'"
/* The namespace n of a thing; the server's own are left out. */
#define SPACE(column) " JOIN pg_catalog.pg_namespace n ON n.oid = " column " AND " USERS("n") " "

/* "s"."n" */
#define NAME(schema, name) "pg_catalog.format('%I.%I', " schema ", " name ")"
#define OWNER(column) "pg_catalog.pg_get_userbyid(" column ")"
/* A member of a row that not all versions have, as text; NULL where it is missing. */
#define MEMBER(row, name) "(pg_catalog.to_jsonb(" row ") ->> '" name "')"

/* k = 'v', k = 'v' of a text[] of "k=v". */
#define OPTIONS(array, prefix)                                                                     \
    "(SELECT pg_catalog.string_agg(" prefix                                                        \
    " || pg_catalog.quote_ident(pg_catalog.split_part(o_, '=', 1)) || ' = ' || "                   \
    "pg_catalog.quote_literal(pg_catalog.substr(o_, pg_catalog.strpos(o_, '=') + 1)), ', ' "       \
    "ORDER BY i_) FROM pg_catalog.unnest(" array ") WITH ORDINALITY u_(o_, i_))"

/* The name of a type with its modifier. */
#define TYPE(oid, typmod) "pg_catalog.format_type(" oid ", " typmod ")"
/* " COLLATE x" when it is not the type's own. */
#define COLLATE(oid, type_oid)                                                                     \
    "COALESCE((SELECT ' COLLATE ' || pg_catalog.format('%I.%I', cn_.nspname, c_.collname) "        \
    "FROM pg_catalog.pg_collation c_ JOIN pg_catalog.pg_namespace cn_ ON cn_.oid = "               \
    "c_.collnamespace WHERE c_.oid = " oid " AND c_.oid <> (SELECT t_.typcollation FROM "          \
    "pg_catalog.pg_type t_ WHERE t_.oid = " type_oid ")), '')"
