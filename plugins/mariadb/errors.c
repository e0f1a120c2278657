// SPDX-License-Identifier: Apache-2.0
/* errors - what the server says, in one line and with the cause that belongs to its number. */
#include <stdio.h>
#include <string.h>

#include "session.h"

struct trouble {
    unsigned first, last;
    int cause;
    bool is_end; /* the connection is of no more use */
    const char *advice;
};

#define ROOM "make room on the server"
#define DAMAGED "the server found its own files damaged"

/* The first that fits counts. */
static const struct trouble troubles[] = {
    {0, 0, PD_CAUSE_MEMORY, true, NULL}, /* the library failed in the middle of an answer */
    {3, 3, PD_CAUSE_IO, false, ROOM},
    {28, 28, PD_CAUSE_IO, false, ROOM},
    {126, 127, PD_CAUSE_CORRUPT, false, DAMAGED},
    {1004, 1006, PD_CAUSE_IO, false, NULL},
    {1007, 1007, PD_CAUSE_CONFLICT, false, NULL}, /* database exists */
    {1021, 1021, PD_CAUSE_IO, false, ROOM},
    {1022, 1022, PD_CAUSE_DATA, false, NULL},
    {1023, 1027, PD_CAUSE_IO, false, NULL},
    {1030, 1030, PD_CAUSE_IO, false, NULL}, /* of a storage engine */
    {1034, 1035, PD_CAUSE_CORRUPT, false, DAMAGED},
    {1037, 1038, PD_CAUSE_LIMIT, false, NULL}, /* memory of the server */
    {1040, 1040, PD_CAUSE_CONNECT, true, "wait, or give fewer --jobs"},
    {1042, 1043, PD_CAUSE_CONNECT, true, NULL},
    {1044, 1045, PD_CAUSE_AUTH, false, NULL},
    {1048, 1048, PD_CAUSE_DATA, false, NULL},
    {1049, 1049, PD_CAUSE_CONNECT, true, NULL},
    {1050, 1050, PD_CAUSE_CONFLICT, false, NULL},
    {1053, 1053, PD_CAUSE_CONNECT, true, NULL},
    {1059, 1061, PD_CAUSE_CONFLICT, false, NULL},
    {1062, 1062, PD_CAUSE_DATA, false, NULL},
    {1069, 1071, PD_CAUSE_LIMIT, false, NULL},
    {1074, 1074, PD_CAUSE_LIMIT, false, NULL},
    {1114, 1114, PD_CAUSE_IO, false, ROOM},
    {1117, 1118, PD_CAUSE_LIMIT, false, NULL},
    {1129, 1130, PD_CAUSE_AUTH, true, NULL},
    {1142, 1143, PD_CAUSE_AUTH, false, NULL},
    {1152, 1152, PD_CAUSE_CONNECT, true, NULL},
    {1153, 1153, PD_CAUSE_LIMIT, true, "the server's max_allowed_packet is too small for it"},
    {1154, 1161, PD_CAUSE_CONNECT, true, NULL},
    {1169, 1169, PD_CAUSE_DATA, false, NULL},
    {1180, 1180, PD_CAUSE_DATA, false, NULL}, /* of a commit: a key that was not checked before */
    {1184, 1184, PD_CAUSE_CONNECT, true, NULL},
    {1194, 1195, PD_CAUSE_CORRUPT, false, DAMAGED},
    {1203, 1203, PD_CAUSE_CONNECT, true, "wait, or give fewer --jobs"},
    {1205, 1205, PD_CAUSE_CONFLICT, false,
     "another session holds a lock: wait for it, or give a longer --lock-timeout"},
    {1213, 1213, PD_CAUSE_CONFLICT, false, "try again"},
    {1216, 1217, PD_CAUSE_DATA, false, NULL},
    {1226, 1226, PD_CAUSE_CONNECT, false, "wait, or give fewer --jobs"},
    {1227, 1227, PD_CAUSE_AUTH, false, NULL},
    {1251, 1251, PD_CAUSE_AUTH, true, NULL},
    {1263, 1265, PD_CAUSE_DATA, false, NULL},
    {1292, 1292, PD_CAUSE_DATA, false, NULL},
    {1300, 1300, PD_CAUSE_DATA, false, NULL},
    {1304, 1304, PD_CAUSE_CONFLICT, false, NULL},
    {1359, 1359, PD_CAUSE_CONFLICT, false, NULL},
    {1364, 1364, PD_CAUSE_DATA, false, NULL},
    {1366, 1369, PD_CAUSE_DATA, false, NULL},
    {1370, 1370, PD_CAUSE_AUTH, false, NULL},
    {1406, 1406, PD_CAUSE_DATA, false, NULL},
    {1411, 1412, PD_CAUSE_CHANGED, false, NULL}, /* 1412: a table is another since the snapshot */
    {1416, 1416, PD_CAUSE_DATA, false, NULL},
    {1451, 1452, PD_CAUSE_DATA, false, NULL},
    {1537, 1537, PD_CAUSE_CONFLICT, false, NULL},
    {1586, 1586, PD_CAUSE_DATA, false, NULL},
    {1665, 1665, PD_CAUSE_QUERY, false, "SET GLOBAL binlog_format = MIXED lets the server do it"},
    {1690, 1690, PD_CAUSE_DATA, false, NULL},
    {1698, 1698, PD_CAUSE_AUTH, true, NULL},
    {1712, 1712, PD_CAUSE_CORRUPT, false, DAMAGED},
    {1878, 1878, PD_CAUSE_IO, false, ROOM},
    {1927, 1927, PD_CAUSE_CONNECT, true, NULL}, /* killed */
    {2008, 2008, PD_CAUSE_MEMORY, true, NULL},
    {2014, 2014, PD_CAUSE_BUG, true, NULL},
    {2020, 2020, PD_CAUSE_LIMIT, true, NULL},
    {2000, 2999, PD_CAUSE_CONNECT, true, NULL}, /* of the library */
    {4025, 4025, PD_CAUSE_DATA, false, NULL},   /* a check */
    {4030, 4031, PD_CAUSE_CONNECT, true, NULL},
    {5000, 5999, PD_CAUSE_CONNECT, true, NULL}, /* of the library */
    {0, ~0u, PD_CAUSE_QUERY, false, NULL},
};

static const struct trouble *
find_trouble(unsigned code)
{
    size_t i = 0;

    while (code < troubles[i].first || code > troubles[i].last)
        i++;
    return &troubles[i];
}

int
error_cause(unsigned code)
{
    return find_trouble(code)->cause;
}

const char *
error_advice(unsigned code)
{
    return find_trouble(code)->advice;
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

pd_status
error_stopped(struct session *s, struct pd_error *err)
{
    const struct pd_host *host = s->my.host;

    if (session_cancelled(s) || s->stopped == STOP_CANCELLED) {
        s->my.broken = true;
        return host->fail(err, PD_FATAL, PD_CAUSE_CANCELLED, "the run was interrupted");
    }
    if (s->stopped == STOP_NOT)
        return PD_OK;
    s->my.broken = true;
    if (s->stopped == STOP_FLOOD)
        return host->fail(err, PD_FATAL, PD_CAUSE_LIMIT,
                          "the server's answer is longer than 256 MiB; is it a MariaDB server?");
    if (s->stopped == STOP_LATE)
        return host->fail(err, PD_FATAL, PD_CAUSE_CONNECT, "the server does not answer in time");
    return host->fail(err, PD_FATAL, PD_CAUSE_CONNECT,
                      "the server was silent for %d seconds, and does not say that it is at "
                      "work; see --timeout",
                      s->my.timeout);
}

/* The library says what is wrong with a statement at the connection only, of unbuffered rows; and
   nowhere, where it has no memory for the columns of an answer. */
static void
read_complaint(struct my *my, MYSQL_STMT *failed)
{
    MYSQL_STMT *stmt = failed && mysql_stmt_errno(failed) ? failed : NULL;
    const char *text = stmt ? mysql_stmt_error(stmt) : mysql_error(my->conn);
    const char *sqlstate = stmt ? mysql_stmt_sqlstate(stmt) : mysql_sqlstate(my->conn);
    struct my_complaint *c = &my->complaint;

    c->code = stmt ? mysql_stmt_errno(stmt) : mysql_errno(my->conn);
    snprintf(c->sqlstate, sizeof c->sqlstate, "%s", sqlstate);
    error_line(*text ? text
                     : "the client library gave up without a word, as it does when memory is short",
               c->text, sizeof c->text);
}

static void
add_details(struct my *my, struct pd_error *err)
{
    char number[16];

    snprintf(number, sizeof number, "%u", my->complaint.code);
    my->host->detail(err, "code", number);
    my->host->detail(err, "sqlstate", my->complaint.sqlstate);
}

pd_status
my_fail(struct my *my, MYSQL_STMT *stmt, pd_status status, struct pd_error *err, const char *fmt,
        ...)
{
    const struct trouble *trouble;
    char wanted[512];
    va_list list;

    va_start(list, fmt);
    vsnprintf(wanted, sizeof wanted, fmt, list);
    va_end(list);
    read_complaint(my, stmt);
    if (error_stopped(session_of(my), err) != PD_OK)
        return PD_FATAL;
    trouble = find_trouble(my->complaint.code);
    if (trouble->is_end) {
        my->broken = true;
        status = PD_FATAL;
    }
    status = my->host->fail(err, status, trouble->cause, "%s: %s%s%s", wanted, my->complaint.text,
                            trouble->advice ? "; " : "", trouble->advice ? trouble->advice : "");
    add_details(my, err);
    return status;
}

pd_status
my_no_memory(const struct pd_host *host, struct pd_error *err)
{
    return host->fail(err, PD_FATAL, PD_CAUSE_MEMORY, "memory is short");
}
