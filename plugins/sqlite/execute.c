// SPDX-License-Identifier: Apache-2.0
/* execute - SQL of migrations. It runs in the transaction of the run, on tables that are there, or
   in the new file before that is in its place; an authorizer keeps it from leaving either. Before
   the rows it is as rows are: neither triggers nor foreign keys are looked at; after them both
   are. */
#include <ctype.h>
#include <string.h>

#include "sink.h"
#include "tokens.h"

enum { EXECUTE_SHOWN = 200, PRAGMA_SHOWN = 64 };

static const char not_one[] = "it is not one statement";

struct permit {
    bool is_nested;     /* what a virtual table runs by itself */
    const char *reason; /* of the last refusal; NULL: none */
};

/* ---- What may be done ---- */

static bool
is_among(const char *name, const char *const *names)
{
    while (*names && !sqlite_same_name(name, *names))
        names++;
    return *names;
}

/* The two that are part of the transaction may be set, and what changes nothing may be read. */
static bool
may_pragma(const char *name, const char *value)
{
    static const char *const settable[] = {"application_id", "user_version", NULL};
    static const char *const readable[] = {
        "application_id",    "collation_list",   "data_version",  "encoding",
        "foreign_key_check", "foreign_key_list", "function_list", "index_info",
        "index_list",        "index_xinfo",      "page_size",     "table_info",
        "table_list",        "table_xinfo",      "user_version",  NULL};
    static const char *const with_table[] = {"foreign_key_check", "foreign_key_list", "index_info",
                                             "index_list",        "index_xinfo",      "table_info",
                                             "table_list",        "table_xinfo",      NULL};

    return is_among(name, value && !is_among(name, with_table) ? settable : readable);
}

static const char *
refusal(const struct permit *permit, int action, const char *one, const char *two)
{
    switch (action) {
    case SQLITE_ATTACH:
    case SQLITE_DETACH:
        return "it would reach another file, in which nothing could be taken back";
    case SQLITE_TRANSACTION:
        return "it begins or ends a transaction, and belongs to that of the run";
    case SQLITE_SAVEPOINT:
        return permit->is_nested ? NULL : "it is about a savepoint, and belongs to the run";
    case SQLITE_PRAGMA:
        return one && may_pragma(one, two) ? NULL : "no such PRAGMA can be taken back";
    case SQLITE_FUNCTION:
        return two && sqlite_same_name(two, "load_extension") ? "it would load code" : NULL;
    default:
        return NULL;
    }
}

static int
authorize(void *arg, int action, const char *one, const char *two, const char *database,
          const char *inner)
{
    struct permit *permit = arg;
    const char *reason = refusal(permit, action, one, two);

    if (!reason)
        return SQLITE_OK;
    permit->reason = reason;
    return SQLITE_DENY;
}

/* ---- What can be seen beforehand ---- */

static const char *
skip_blanks(const char *at)
{
    for (;;) {
        const char *end;

        if (isspace((unsigned char)*at)) {
            at++;
        } else if (at[0] == '-' && at[1] == '-') {
            at += strcspn(at, "\n");
        } else if (at[0] == '/' && at[1] == '*') {
            end = strstr(at + 2, "*/");
            at = end ? end + 2 : at + strlen(at);
        } else {
            return at;
        }
    }
}

/* By its first word; the authorizer would say the same when it is too late for a good night. */
static const char *
first_refusal(const char *sql)
{
    static const struct {
        const char *word;
        int action;
    } words[] = {
        {"ATTACH", SQLITE_ATTACH},        {"BEGIN", SQLITE_TRANSACTION},
        {"COMMIT", SQLITE_TRANSACTION},   {"DETACH", SQLITE_DETACH},
        {"END", SQLITE_TRANSACTION},      {"RELEASE", SQLITE_SAVEPOINT},
        {"ROLLBACK", SQLITE_TRANSACTION}, {"SAVEPOINT", SQLITE_SAVEPOINT},
        {"VACUUM", SQLITE_ATTACH},
    };
    const struct permit permit = {0};
    const char *at = skip_blanks(sql);
    size_t size = 0;

    while (isalpha((unsigned char)at[size]))
        size++;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strlen(words[i].word) == size && sqlite3_strnicmp(at, words[i].word, (int)size) == 0)
            return refusal(&permit, words[i].action, NULL, NULL);
    }
    return NULL;
}

/* Does a statement end with this mark? Those within a trigger's body end nothing. */
static bool
ends_statement(const char *sql, const struct token *mark)
{
    char *text = sqlite3_mprintf("%.*s;", (int)(mark->text - sql), sql);
    bool ends = text && sqlite3_complete(text) == 1;

    sqlite3_free(text);
    return ends;
}

static bool
is_one(const char *sql)
{
    struct tokens tokens = {sql, sql + strlen(sql)};
    struct token token = token_next(&tokens);
    bool has_ended = false;

    if (token.kind == TOKEN_END || token_is(&token, ";"))
        return false;
    for (; token.kind != TOKEN_END && token.kind != TOKEN_BAD; token = token_next(&tokens)) {
        if (has_ended && !token_is(&token, ";"))
            return false;
        has_ended |= token_is(&token, ";") && ends_statement(sql, &token);
    }
    return true;
}

/* PRAGMA name, or schema.name, and a value or not: "= value", "(value)". */
static const char *
pragma_refusal(const char *sql)
{
    struct tokens tokens = {sql, sql + strlen(sql)};
    struct token token = token_next(&tokens), name;
    const struct permit permit = {0};
    char plain[PRAGMA_SHOWN];

    if (!token_is(&token, "PRAGMA"))
        return NULL;
    name = token_next(&tokens);
    token = token_next(&tokens);
    if (token_is(&token, ".")) {
        name = token_next(&tokens);
        token = token_next(&tokens);
    }
    if (name.size >= sizeof plain)
        return refusal(&permit, SQLITE_PRAGMA, "", NULL);
    token_unquote(&name, plain);
    return refusal(&permit, SQLITE_PRAGMA, plain,
                   token_is(&token, "=") || token_is(&token, "(") ? "" : NULL);
}

static pd_status
refuse(struct pd_sink *sink, const char *sql, const char *reason, struct pd_error *err)
{
    return sink->host->fail(err, PD_FAILED, PD_CAUSE_QUERY, "'%.*s' is not run: %s", EXECUTE_SHOWN,
                            sql, reason);
}

pd_status
execute_check(struct pd_sink *sink, const struct pd_load *load, struct pd_error *err)
{
    for (size_t i = 0; i < pd_load_statements(load); i++) {
        const char *sql = pd_statement_at(load, i)->sql;
        const char *reason = first_refusal(sql);

        if (!reason && !is_one(sql))
            reason = not_one;
        if (!reason)
            reason = pragma_refusal(sql);
        if (reason)
            return refuse(sink, sql, reason, err);
    }
    return PD_OK;
}

/* ---- At work ---- */

static int
set_switches(struct pd_sink *sink, bool on)
{
    bool after = on && sink->completed;
    int rc = sqlite3_db_config(sink->db, SQLITE_DBCONFIG_DEFENSIVE, (int)on, NULL);

    if (rc == SQLITE_OK)
        rc = sqlite3_db_config(sink->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, (int)after, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_db_config(sink->db, SQLITE_DBCONFIG_ENABLE_FKEY, (int)after, NULL);
    return rc;
}

/* Its rows are nobody's. */
static int
run(sqlite3 *db, const char *sql, struct permit *permit)
{
    sqlite3_stmt *stmt = NULL;
    bool more = false;
    int rc = replay_prepare(db, sql, &stmt, &more);

    if (rc == SQLITE_OK && more) {
        permit->reason = not_one;
        rc = SQLITE_AUTH;
    }
    permit->is_nested = true;
    if (rc == SQLITE_OK)
        rc = SQLITE_ROW;
    while (rc == SQLITE_ROW)
        rc = sqlite3_step(stmt);
    sqlite3_finalize(stmt);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

pd_status
execute_run(struct pd_sink *sink, const struct pd_statement *statement, struct pd_error *err)
{
    struct permit permit = {0};
    pd_status status = PD_OK;
    int rc;

    if (sink->completed && !sink->db)
        status = target_reopen(sink, err);
    if (status != PD_OK)
        return status;
    if (!sink->db || !sink->in_transaction)
        return sink->host->fail(err, PD_FATAL, PD_CAUSE_BUG, "execute() before prepare()");
    rc = set_switches(sink, true);
    sqlite3_set_authorizer(sink->db, authorize, &permit);
    if (rc == SQLITE_OK)
        rc = run(sink->db, statement->sql, &permit);
    sqlite3_set_authorizer(sink->db, NULL, NULL);
    if (permit.reason && rc != SQLITE_OK)
        return refuse(sink, statement->sql, permit.reason, err);
    if (rc == SQLITE_OK && sqlite3_get_autocommit(sink->db))
        return refuse(sink, statement->sql, "it ended the transaction of the run", err);
    if (rc == SQLITE_OK)
        rc = set_switches(sink, false);
    return rc == SQLITE_OK
               ? PD_OK
               : sink_fail(sink, rc, err, "cannot run '%.*s'", EXECUTE_SHOWN, statement->sql);
}
