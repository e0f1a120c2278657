// SPDX-License-Identifier: Apache-2.0
/* encode_answer - what the server says to rows: whatever it warns of, it stored something else than
 * it was sent, but where it speaks of columns that it computes itself. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "encode.h"

enum {
    ANSWER_NULL = 1048,
    ANSWER_TRUNCATED = 1265,
    ANSWER_WRONG = 1292,
    ANSWER_UNSAFE = 1592, /* to be logged as a statement */
    ANSWER_NO_DEFAULT = 1364,
    ANSWER_JSON_FIRST = 4035,
    ANSWER_JSON_LAST = 4044,
    ANSWER_WHOLE = 480 /* bytes of a message that is surely not cut */
};

/* What the server said beside a statement. */
struct warned {
    uint32_t n;          /* all that counts */
    uint32_t n_harmless; /* of columns that the server computed itself, and of its log */
    bool others;         /* one is about anything but an enum's error value */
};

/* NULL: it is not sent. */
static const struct encode_column *
find_sent(const struct encoder *e, const char *name, size_t size)
{
    for (uint32_t k = 0; k < e->n_columns; k++) {
        if (strncasecmp(e->columns[k].name, name, size) == 0 && !e->columns[k].name[size])
            return &e->columns[k];
    }
    return NULL;
}

/* Was it read by an expression? Text that is stored as text is never a wrong day or number. */
static bool
is_operand(const struct encode_column *c, unsigned code)
{
    return code == ANSWER_WRONG && (c->form == MY_FORM_TEXT || c->form == MY_FORM_RAW);
}

/* The column of "... for column 'c' at row 1", "... for column `d`.`t`.`c` at row 1"; NULL: it
   names none. */
static const char *
named_column(const char *text, size_t *ret_size)
{
    static const char before[] = "for column ", after[] = " at row ";
    const char *name = NULL, *end = NULL, *next;

    for (next = text; (next = strstr(next, before)) != NULL; next++)
        name = next + sizeof before - 1;
    for (next = name; next && (next = strstr(next, after)) != NULL; next++)
        end = next;
    if (!end || end - name < 3 || end[-1] != name[0])
        return NULL;
    for (next = name; *name == '`' && (next = strstr(next, "`.`")) != NULL && next < end; next++)
        name = next + 2;
    *ret_size = (size_t)(end - name) - 2;
    return name + 1;
}

/* Said of what an expression computes, without the name of a column: casts, divisions, days,
   patterns, JSON. Not so of character sets, since some texts are sent through a conversion. The
   server cuts long messages, and with them what they would name. */
static bool
is_of_expression(unsigned code, const char *text)
{
    static const uint16_t codes[] = {1105, 1139, ANSWER_WRONG, 1365, 1411, 1441};

    if (strstr(text, "for column ") || strlen(text) > ANSWER_WHOLE)
        return false;
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        if (code == codes[i])
            return true;
    }
    return code >= ANSWER_JSON_FIRST && code <= ANSWER_JSON_LAST;
}

/* Of a column that the server computes, or of an expression: values that are sent go into columns
   as they are. In tables that were there triggers may speak of other columns: only what is rounded
   is known to be computed. */
static bool
is_about_computed(const struct encoder *e, bool is_note, unsigned code, const char *text)
{
    const struct encode_column *sent;
    size_t size = 0;
    const char *name = named_column(text, &size);

    if (e->table->exists)
        return name && is_note && code == ANSWER_TRUNCATED && !find_sent(e, name, size);
    if (!encode_has_computed(e) || code == ANSWER_NO_DEFAULT || code == ANSWER_NULL)
        return false;
    if (!name)
        return is_of_expression(code, text);
    sent = find_sent(e, name, size);
    return !sent || is_operand(sent, code);
}

/* The first warning that counts becomes the complaint. */
static pd_status
read_warnings(struct encoder *e, struct warned *ret_warned, struct pd_error *err)
{
    struct my_complaint *c = &e->my->complaint;
    uint32_t n_said = mysql_warning_count(e->my->conn), n_seen = 0;
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    pd_status status = my_query(e->my, "SHOW WARNINGS", &result, err);

    *ret_warned = (struct warned){0};
    if (status != PD_OK)
        return status;
    *c = (struct my_complaint){.sqlstate = "01000", .text = "a warning without words"};
    while (mysql_num_fields(result) >= 3 && (row = mysql_fetch_row(result)) != NULL) {
        unsigned code = row[1] ? (unsigned)strtoul(row[1], NULL, 10) : 0;
        const char *text = row[2] ? row[2] : "";
        bool is_note = row[0] && strcmp(row[0], "Note") == 0;

        n_seen++;
        if (is_about_computed(e, is_note, code, text) || code == ANSWER_UNSAFE) {
            ret_warned->n_harmless++;
            continue;
        }
        ret_warned->others |= code != ANSWER_TRUNCATED;
        if (c->code == 0) {
            c->code = code;
            snprintf(c->text, sizeof c->text, "%.500s", text);
        }
    }
    mysql_free_result(result);
    /* Those that the server keeps to itself count. */
    ret_warned->n = (n_said > n_seen ? n_said : n_seen) - ret_warned->n_harmless;
    return PD_OK;
}

static pd_status
fail_warned(struct encoder *e, struct pd_error *err)
{
    return e->host->fail(err, PD_FAILED, PD_CAUSE_DATA, "the server warns: %s",
                         e->my->complaint.text);
}

bool
encode_are_stored(const struct encoder *e, uint64_t stored, uint64_t n)
{
    return stored == n || (e->table->is_triggered && stored > n && stored != UINT64_MAX);
}

/* Whatever the server warns of, it stored something else than it was sent. */
pd_status
encode_answer(struct encoder *e, MYSQL_STMT *stmt, uint32_t n, struct pd_error *err)
{
    uint64_t stored = mysql_stmt_affected_rows(stmt);
    struct warned warned;
    pd_status status;

    if (mysql_warning_count(e->my->conn)) {
        status = read_warnings(e, &warned, err);
        if (status != PD_OK || warned.n)
            return status == PD_OK ? fail_warned(e, err) : status;
    }
    if (encode_are_stored(e, stored, n))
        return PD_OK;
    return e->host->fail(err, PD_FATAL, PD_CAUSE_DIFFERENT,
                         "%u rows were sent and the server stored %llu", n,
                         (unsigned long long)stored);
}

/* ---- An enum's error value: only a session that is not strict stores it, with a warning ---- */

static uint32_t
count_error_values(struct encoder *e, uint32_t row)
{
    struct encode_cell cell;
    uint32_t n = 0;

    for (uint32_t k = 0; k < e->n_columns; k++) {
        encode_rewind(&e->columns[k], row);
        encode_fetch(&e->columns[k], row, &cell);
        n += !cell.is_null && cell.tag == PD_TAG_ENUM0;
    }
    return n;
}

pd_status
encode_answer_lax(struct encoder *e, uint32_t row, struct pd_error *err)
{
    uint32_t wanted = count_error_values(e, row);
    struct warned warned = {0};
    pd_status status = PD_OK;

    if (!encode_are_stored(e, mysql_stmt_affected_rows(e->insert), 1))
        return encode_answer(e, e->insert, 1, err);
    if (mysql_warning_count(e->my->conn))
        status = read_warnings(e, &warned, err);
    return status == PD_OK && (warned.others || warned.n != wanted) ? fail_warned(e, err) : status;
}

/* ---- Columns that the server computes ---- */

bool
encode_has_computed(const struct encoder *e)
{
    const struct pd_table *t = e->table->table;

    for (size_t i = 0; i < t->n_columns; i++) {
        if (pd_column_at(t, i)->generated)
            return true;
    }
    return false;
}

bool
encode_blames_computed(const struct encoder *e)
{
    const struct my_complaint *c = &e->my->complaint;

    return !e->is_relaxed && !e->table->exists &&
           is_about_computed(e, /* is_note= */ false, c->code, c->text);
}

pd_status
encode_relax(struct encoder *e, struct pd_error *err)
{
    pd_status status;

    if (e->is_relaxed)
        return PD_OK;
    status = my_run(e->my,
                    "SET @polydump_strict = @@sql_mode, sql_mode = "
                    "'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES'",
                    err);
    e->is_relaxed = status == PD_OK;
    return status == PD_OK ? PD_OK : PD_FATAL;
}

/* Where it fails the connection is lost, and nothing more is sent. */
void
encode_stiffen(struct encoder *e)
{
    if (e->is_relaxed && !e->my->broken)
        e->my->broken |= my_run(e->my, "SET sql_mode = @polydump_strict", NULL) != PD_OK;
    e->is_relaxed = false;
}
