// SPDX-License-Identifier: Apache-2.0
/* errors - what the server says, in one line and with the cause that belongs to its SQLSTATE. */
#include <stdio.h>
#include <string.h>

#include "session.h"

struct trouble {
    const char *sqlstate; /* the beginning of it; the first that fits counts */
    int cause;
    bool is_end; /* the connection is of no more use */
    const char *advice;
};

static const struct trouble *
find_trouble(const char *sqlstate)
{
    static const struct trouble troubles[] = {
        {"08", PD_CAUSE_CONNECT, true, NULL},
        {"22", PD_CAUSE_DATA, false, NULL},
        {"23", PD_CAUSE_DATA, false, NULL},
        {"28", PD_CAUSE_AUTH, true, NULL},
        {"3D000", PD_CAUSE_CONNECT, true, NULL},
        {"40", PD_CAUSE_CONFLICT, false, "try again"},
        {"42501", PD_CAUSE_AUTH, false, NULL},
        {"42P04", PD_CAUSE_CONFLICT, false, NULL},
        {"42P06", PD_CAUSE_CONFLICT, false, NULL},
        {"42P07", PD_CAUSE_CONFLICT, false, NULL},
        {"42701", PD_CAUSE_CONFLICT, false, NULL},
        {"42710", PD_CAUSE_CONFLICT, false, NULL},
        {"53100", PD_CAUSE_IO, false, "make room on the server"},
        {"53200", PD_CAUSE_LIMIT, false, NULL},
        {"53300", PD_CAUSE_CONNECT, true, "wait, or give fewer --jobs"},
        {"53", PD_CAUSE_LIMIT, false, NULL},
        {"54", PD_CAUSE_LIMIT, false, NULL},
        {"55006", PD_CAUSE_CONFLICT, false, NULL},
        {"55P03", PD_CAUSE_CONFLICT, false,
         "another session holds a lock: wait for it, or give --lock-timeout"},
        {"57P", PD_CAUSE_CONNECT, true, NULL},
        {"58", PD_CAUSE_IO, false, NULL},
        {"XX001", PD_CAUSE_CORRUPT, false, "the server found its own files damaged"},
        {"XX002", PD_CAUSE_CORRUPT, false, "the server found its own files damaged"},
        {"", PD_CAUSE_QUERY, false, NULL},
    };
    size_t i = 0;

    while (strncmp(troubles[i].sqlstate, sqlstate, strlen(troubles[i].sqlstate)) != 0)
        i++;
    return &troubles[i];
}

void
error_line(const char *text, char *buffer, size_t size)
{
    size_t used = 0;

    text += strspn(text, " \t\n");
    for (; *text && used + 5 < size; text++) {
        unsigned char c = (unsigned char)*text;

        if (c == '\n' || c == '\t') {
            text += strspn(text + 1, " \t\n");
            buffer[used++] = ' ';
        } else if (c < 0x20 || c == 0x7f) {
            used += (size_t)snprintf(buffer + used, size - used, "\\x%02x", c);
        } else {
            buffer[used++] = (char)c;
        }
    }
    while (used && (buffer[used - 1] == ' ' || buffer[used - 1] == '.'))
        used--;
    buffer[used] = 0;
}

void
error_shown(const char *sql, char *buffer, size_t size)
{
    error_line(sql, buffer, size - 3);
    if (strlen(sql) >= size - 8)
        memcpy(buffer + strlen(buffer), "...", sizeof "...");
}

bool
error_is_memory(const char *message)
{
    return message && strstr(message, "out of memory") != NULL;
}

/* The message of a result, or of the connection, with the server's detail in parentheses. */
static void
read_message(const struct pg *pg, const PGresult *result, char *buffer, size_t size)
{
    const char *primary = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    const char *detail = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL) : NULL;
    char line[384];
    size_t used;

    if (!primary)
        primary = result ? PQresultErrorMessage(result) : PQerrorMessage(pg->conn);
    error_line(*primary ? primary : "the server broke off without a word", line, sizeof line);
    used = (size_t)snprintf(buffer, size, "%s", line);
    if (!detail || used >= size)
        return;
    error_line(detail, line, sizeof line);
    snprintf(buffer + used, size - used, " (%s)", line);
}

pd_status
error_cancelled(struct pg *pg, struct pd_error *err)
{
    pg->broken = true;
    return pg->host->fail(err, PD_FATAL, PD_CAUSE_CANCELLED, "the run was interrupted");
}

static pd_status
fail_connection(struct pg *pg, const PGresult *result, struct pd_error *err, const char *wanted)
{
    char message[512];

    read_message(pg, result, message, sizeof message);
    pg->broken = true;
    return pg->host->fail(err, PD_FATAL,
                          error_is_memory(message) ? PD_CAUSE_MEMORY : PD_CAUSE_CONNECT, "%s: %s",
                          wanted, message);
}

/* Rows that are refused are told to the core one by one, which wants the parts of an error. */
static void
remember(struct pg *pg, const PGresult *result, const char *sqlstate, const char *message)
{
    const char *constraint = PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME);
    const char *context = PQresultErrorField(result, PG_DIAG_CONTEXT);
    struct pg_complaint *c = &pg->complaint;
    char line[sizeof c->called];

    snprintf(c->sqlstate, sizeof c->sqlstate, "%s", sqlstate ? sqlstate : "");
    error_line(constraint ? constraint : "", c->constraint, sizeof c->constraint);
    snprintf(c->text, sizeof c->text, "%.511s", message);
    snprintf(line, sizeof line, "%.*s", (int)strcspn(context ? context : "", "\n"),
             context ? context : "");
    error_line(line, c->called, sizeof c->called);
}

/* Some have ALTER ROLE ... SET role = ..., and forget it. */
static void
add_role(const struct pg *pg, const char *sqlstate, char *message, size_t size)
{
    size_t used = strlen(message);

    if (*pg->role && strcmp(sqlstate, "42501") == 0)
        snprintf(message + used, size - used,
                 "; the session works as role '%s', as ALTER ROLE or ALTER DATABASE has it, and "
                 "not as the one that logged in",
                 pg->role);
}

/* The server's own functions look into its catalogue as it is now, whatever the snapshot: what was
   listed a moment ago may be gone. These messages are never translated. */
static bool
is_vanished(const struct pg *pg, const char *sqlstate, const char *message)
{
    static const char *const words[] = {"could not open relation with OID", "cache lookup failed",
                                        "could not find tuple for", "relation with OID"};

    if (pg->use != PG_READ || (strcmp(sqlstate, "XX000") != 0 && strcmp(sqlstate, "42P01") != 0))
        return false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strncmp(message, words[i], strlen(words[i])) == 0)
            return true;
    }
    return false;
}

/* before, colon, the server's word, behind; before "" has no colon. */
static pd_status
complain(struct pg *pg, const PGresult *result, pd_status status, struct pd_error *err,
         const char *before, const char *behind)
{
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const struct trouble *trouble = find_trouble(sqlstate);
    char message[800];

    if (trouble->is_end || PQstatus(pg->conn) == CONNECTION_BAD) {
        pg->broken = true;
        status = PD_FATAL;
    }
    read_message(pg, result, message, sizeof message);
    add_role(pg, sqlstate, message, sizeof message);
    remember(pg, result, sqlstate, message);
    if (is_vanished(pg, sqlstate, message))
        status = pg->host->fail(err, status, PD_CAUSE_CHANGED,
                                "the source changed while it was read: %s; dump again when nobody "
                                "alters it",
                                message);
    else
        status = pg->host->fail(err, status, trouble->cause, "%s%s%s%s%s%s", before,
                                *before ? ": " : "", message, trouble->advice ? "; " : "",
                                trouble->advice ? trouble->advice : "", behind);
    pg->host->detail(err, "sqlstate", sqlstate);
    return status;
}

/* Not the server's word: libpq lost the answer, and nobody knows what became of the statement. */
static bool
is_lost(const PGresult *result)
{
    return !result || !PQresultErrorField(result, PG_DIAG_SQLSTATE);
}

pd_status
pg_fail(struct pg *pg, const PGresult *result, pd_status status, struct pd_error *err,
        const char *fmt, ...)
{
    char wanted[512];
    va_list list;

    va_start(list, fmt);
    vsnprintf(wanted, sizeof wanted, fmt, list);
    va_end(list);
    if (session_cancelled(pg))
        return error_cancelled(pg, err);
    if (is_lost(result))
        return fail_connection(pg, PQstatus(pg->conn) == CONNECTION_BAD ? NULL : result, err,
                               wanted);
    return complain(pg, result, status, err, wanted, "");
}

pd_status
error_of_statement(struct pg *pg, const PGresult *result, struct pd_error *err, const char *shown)
{
    char behind[200];

    if (is_lost(result))
        return pg_fail(pg, result, PD_FAILED, err, "no answer came to '%s'", shown);
    if (session_cancelled(pg))
        return error_cancelled(pg, err);
    snprintf(behind, sizeof behind, " (in '%s')", shown);
    return complain(pg, result, PD_FAILED, err, "", behind);
}

pd_status
pg_no_memory(const struct pd_host *host, struct pd_error *err)
{
    return host->fail(err, PD_FATAL, PD_CAUSE_MEMORY, "memory is short");
}
