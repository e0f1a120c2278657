// SPDX-License-Identifier: Apache-2.0
/* parse_table - reads CREATE TABLE behind the table's name: columns, constraints, options. */
#include <string.h>
#include <strings.h>

#include "parse_inside.h"

/* What may follow the type of a column; other words belong to the type. */
static bool
at_end_of_type(const struct parse *p)
{
    static const char *const words[] = {"constraint", "default", "null",  "not",
                                        "primary",    "unique",  "check", "references",
                                        "deferrable", "collate", "as"};
    size_t i;

    if (!parse_at_name(p) || parse_at2(p, "generated", "always"))
        return true;
    for (i = 0; i < sizeof words / sizeof *words; i++) {
        if (parse_at(p, words[i]))
            return true;
    }
    return false;
}

/* "(10,-2)": numbers and signs only. */
static pd_status
parse_type_size(struct parse *p)
{
    parse_advance(p);
    while (!parse_at(p, ")")) {
        if (p->token.kind != TOKEN_INTEGER && p->token.kind != TOKEN_REAL && !parse_at(p, ",") &&
            !parse_at(p, "+") && !parse_at(p, "-"))
            return PD_UNSUPPORTED;
        parse_advance(p);
    }
    return parse_expect(p, ")");
}

static pd_status
parse_type(struct parse *p, struct sql_span *ret_type)
{
    const char *begin = p->token.text;
    bool some = !at_end_of_type(p);
    pd_status status = PD_OK;

    if (!some) {
        *ret_type = (struct sql_span){"", 0};
        return PD_OK;
    }
    while (!at_end_of_type(p))
        parse_advance(p);
    if (parse_at(p, "("))
        status = parse_type_size(p);
    *ret_type = parse_span(p, begin);
    return status;
}

/* A new constraint at the end of the list, named by the CONSTRAINT before it. */
static struct parse_constraint *
add_constraint(struct parse *p, enum parse_constraint_kind kind, int column)
{
    struct parse_statement *s = p->statement;
    struct parse_constraint *c = pd_pool_append(p->pool, &s->constraints, s->n_constraints,
                                                &p->constraint_room, sizeof *s->constraints);

    if (!c)
        return NULL;
    s->n_constraints++;
    c->kind = kind;
    c->column = column;
    c->name = p->constraint_name;
    p->constraint_name = NULL;
    return c;
}

/* The one part of a constraint that stands at a column. */
static pd_status
part_of_column(struct parse *p, struct parse_constraint *c)
{
    c->parts = pd_pool_alloc(p->pool, sizeof *c->parts);
    if (!c->parts)
        return PD_FATAL;
    c->n_parts = 1;
    c->parts[0].column = p->statement->columns[c->column].name;
    return PD_OK;
}

static pd_status
parse_conflict(struct parse *p, const char **ret_conflict)
{
    if (!parse_at2(p, "on", "conflict"))
        return PD_OK;
    parse_advance(p);
    parse_advance(p);
    return parse_name(p, ret_conflict);
}

static pd_status
parse_constraint_name(struct parse *p)
{
    parse_advance(p);
    return parse_name(p, &p->constraint_name);
}

static pd_status
parse_action(struct parse *p, int *ret_action)
{
    static const struct {
        const char *first;
        const char *second;
        int action;
    } actions[] = {
        {"set", "null", PD_ACTION_SET_NULL},  {"set", "default", PD_ACTION_SET_DEFAULT},
        {"cascade", NULL, PD_ACTION_CASCADE}, {"restrict", NULL, PD_ACTION_RESTRICT},
        {"no", "action", PD_ACTION_NONE},
    };
    size_t i;

    for (i = 0; i < sizeof actions / sizeof *actions; i++) {
        if (!parse_at(p, actions[i].first) ||
            (actions[i].second && !token_is(&p->ahead, actions[i].second)))
            continue;
        parse_advance(p);
        if (actions[i].second)
            parse_advance(p);
        *ret_action = actions[i].action;
        return PD_OK;
    }
    return PD_UNSUPPORTED;
}

/* [NOT] DEFERRABLE [INITIALLY DEFERRED|IMMEDIATE], of the foreign key c (NULL: of none). */
static pd_status
parse_deferrable(struct parse *p, struct parse_constraint *c)
{
    bool not = parse_accept(p, "not");
    bool deferred = false;

    if (!parse_accept(p, "deferrable"))
        return PD_UNSUPPORTED;
    if (parse_accept(p, "initially")) {
        deferred = parse_accept(p, "deferred");
        if (!deferred && !parse_accept(p, "immediate"))
            return PD_UNSUPPORTED;
    }
    if (c) {
        c->deferrable = !not ;
        c->deferred = deferred && !not ;
    }
    return PD_OK;
}

/* ON UPDATE ..., ON DELETE ..., MATCH ... in any order. SQLite admits ON INSERT without a meaning.
 */
static pd_status
parse_reference_rules(struct parse *p, struct parse_constraint *c)
{
    pd_status status = PD_OK;
    int ignored;

    while (status == PD_OK) {
        int *action = token_is(&p->ahead, "update")   ? &c->on_update
                      : token_is(&p->ahead, "delete") ? &c->on_delete
                      : token_is(&p->ahead, "insert") ? &ignored
                                                      : NULL;

        if (parse_accept(p, "match")) {
            status = parse_name(p, &c->match);
        } else if (parse_at(p, "on") && action) {
            parse_advance(p);
            parse_advance(p);
            status = parse_action(p, action);
        } else {
            break;
        }
    }
    return status;
}

static pd_status
parse_references(struct parse *p, struct parse_constraint *c)
{
    struct parse_part *parts = NULL;
    size_t i;
    pd_status status = parse_expect(p, "references");

    if (status == PD_OK)
        status = parse_name(p, &c->to_table);
    if (status == PD_OK && parse_at(p, "(")) {
        status = parse_parts(p, &parts, &c->n_to_columns);
        if (status == PD_OK)
            status = parse_expect(p, ")");
    }
    if (status == PD_OK && c->n_to_columns) {
        c->to_columns = pd_pool_alloc(p->pool, c->n_to_columns * sizeof *c->to_columns);
        if (!c->to_columns)
            return PD_FATAL;
        for (i = 0; i < c->n_to_columns; i++)
            c->to_columns[i] = parts[i].column;
    }
    return status == PD_OK ? parse_reference_rules(p, c) : status;
}

static pd_status
parse_column_primary(struct parse *p, int column)
{
    struct parse_constraint *c = add_constraint(p, PARSE_PRIMARY, column);
    pd_status status = c ? part_of_column(p, c) : PD_FATAL;

    if (status != PD_OK)
        return status;
    parse_advance(p);
    status = parse_expect(p, "key");
    if (status != PD_OK)
        return status;
    c->parts[0].descending = parse_at(p, "desc");
    if (parse_at(p, "asc") || parse_at(p, "desc"))
        parse_advance(p);
    status = parse_conflict(p, &c->conflict);
    c->autoincrement = parse_accept(p, "autoincrement");
    return status;
}

static pd_status
parse_column_unique(struct parse *p, int column)
{
    struct parse_constraint *c = add_constraint(p, PARSE_UNIQUE, column);
    pd_status status = c ? part_of_column(p, c) : PD_FATAL;

    if (status != PD_OK)
        return status;
    parse_advance(p);
    return parse_conflict(p, &c->conflict);
}

static pd_status
parse_column_foreign(struct parse *p, int column)
{
    struct parse_constraint *c = add_constraint(p, PARSE_FOREIGN, column);
    pd_status status = c ? part_of_column(p, c) : PD_FATAL;

    return status == PD_OK ? parse_references(p, c) : status;
}

static pd_status
parse_check(struct parse *p, int column)
{
    struct parse_constraint *c = add_constraint(p, PARSE_CHECK, column);
    pd_status status;

    if (!c)
        return PD_FATAL;
    parse_advance(p);
    status = parse_in_parentheses(p, &c->expression);
    return status == PD_OK ? parse_conflict(p, &c->conflict) : status;
}

/* NOT NULL, or NOT DEFERRABLE of the foreign key before it. */
static pd_status
parse_column_not(struct parse *p, int column)
{
    struct parse_statement *s = p->statement;
    struct parse_constraint *c = NULL;

    if (!parse_at2(p, "not", "null")) {
        if (s->n_constraints && s->constraints[s->n_constraints - 1].kind == PARSE_FOREIGN)
            c = &s->constraints[s->n_constraints - 1];
        return parse_deferrable(p, c);
    }
    c = add_constraint(p, PARSE_NOT_NULL, column);
    if (!c)
        return PD_FATAL;
    parse_advance(p);
    parse_advance(p);
    return parse_conflict(p, &c->conflict);
}

static pd_status
parse_column_null(struct parse *p, int column)
{
    const char *ignored = NULL;

    (void)column;
    parse_advance(p);
    return parse_conflict(p, &ignored);
}

static pd_status
parse_column_default(struct parse *p, int column)
{
    struct parse_column *c = &p->statement->columns[column];
    const char *begin;
    struct sql_span inside;
    pd_status status = PD_OK;

    parse_advance(p);
    begin = p->token.text;
    if (parse_at(p, "+") || parse_at(p, "-"))
        parse_advance(p);
    if (parse_at(p, "("))
        status = parse_in_parentheses(p, &inside);
    else if (p->token.kind == TOKEN_MARK || p->token.kind == TOKEN_END)
        status = PD_UNSUPPORTED;
    else
        parse_advance(p);
    c->default_term = parse_span(p, begin);
    return status;
}

static pd_status
parse_column_collate(struct parse *p, int column)
{
    parse_advance(p);
    return parse_name(p, &p->statement->columns[column].collation);
}

static pd_status
parse_column_generated(struct parse *p, int column)
{
    struct parse_column *c = &p->statement->columns[column];
    pd_status status;

    if (parse_accept(p, "generated") && !parse_accept(p, "always"))
        return PD_UNSUPPORTED;
    status = parse_expect(p, "as");
    if (status == PD_OK)
        status = parse_in_parentheses(p, &c->expression);
    c->generated = parse_at(p, "stored") ? PD_GENERATED_STORED : PD_GENERATED_VIRTUAL;
    if (parse_at(p, "stored") || parse_at(p, "virtual"))
        parse_advance(p);
    return status;
}

static pd_status
parse_column_name_next(struct parse *p, int column)
{
    (void)column;
    return parse_constraint_name(p);
}

/* One clause behind a column's type; PD_DONE: there is none. */
static pd_status
parse_column_clause(struct parse *p, int column)
{
    static const struct {
        const char *word;
        pd_status (*read)(struct parse *p, int column);
    } clauses[] = {
        {"constraint", parse_column_name_next},
        {"default", parse_column_default},
        {"null", parse_column_null},
        {"not", parse_column_not},
        {"primary", parse_column_primary},
        {"unique", parse_column_unique},
        {"check", parse_check},
        {"references", parse_column_foreign},
        {"deferrable", parse_column_not},
        {"collate", parse_column_collate},
        {"generated", parse_column_generated},
        {"as", parse_column_generated},
    };
    size_t i;

    for (i = 0; i < sizeof clauses / sizeof *clauses; i++) {
        if (parse_at(p, clauses[i].word))
            return clauses[i].read(p, column);
    }
    return PD_DONE;
}

static pd_status
parse_column(struct parse *p)
{
    struct parse_statement *s = p->statement;
    struct parse_column *c =
        pd_pool_append(p->pool, &s->columns, s->n_columns, &p->column_room, sizeof *s->columns);
    int column = (int)s->n_columns;
    pd_status status;

    if (!c)
        return PD_FATAL;
    s->n_columns++;
    status = parse_name(p, &c->name);
    if (status == PD_OK)
        status = parse_type(p, &c->type);
    p->constraint_name = NULL;
    while (status == PD_OK)
        status = parse_column_clause(p, column);
    return status == PD_DONE ? PD_OK : status;
}

static pd_status
parse_table_key(struct parse *p, enum parse_constraint_kind kind)
{
    struct parse_constraint *c = add_constraint(p, kind, -1);
    pd_status status = PD_OK;

    if (!c)
        return PD_FATAL;
    parse_advance(p);
    if (kind == PARSE_PRIMARY)
        status = parse_expect(p, "key");
    if (status == PD_OK)
        status = parse_parts(p, &c->parts, &c->n_parts);
    if (status != PD_OK)
        return status;
    c->autoincrement = kind == PARSE_PRIMARY && parse_accept(p, "autoincrement");
    status = parse_expect(p, ")");
    return status == PD_OK ? parse_conflict(p, &c->conflict) : status;
}

static pd_status
parse_table_foreign(struct parse *p)
{
    struct parse_constraint *c = add_constraint(p, PARSE_FOREIGN, -1);
    pd_status status;

    if (!c)
        return PD_FATAL;
    parse_advance(p);
    status = parse_expect(p, "key");
    if (status == PD_OK)
        status = parse_parts(p, &c->parts, &c->n_parts);
    if (status == PD_OK)
        status = parse_expect(p, ")");
    if (status == PD_OK)
        status = parse_references(p, c);
    if (status == PD_OK && (parse_at(p, "not") || parse_at(p, "deferrable")))
        status = parse_deferrable(p, c);
    return status;
}

static bool
at_table_constraint(const struct parse *p)
{
    return parse_at(p, "constraint") || parse_at(p, "primary") || parse_at(p, "unique") ||
           parse_at(p, "check") || parse_at(p, "foreign");
}

static pd_status
parse_table_constraint(struct parse *p)
{
    if (parse_at(p, "constraint"))
        return parse_constraint_name(p);
    if (parse_at(p, "primary"))
        return parse_table_key(p, PARSE_PRIMARY);
    if (parse_at(p, "unique"))
        return parse_table_key(p, PARSE_UNIQUE);
    return parse_at(p, "check") ? parse_check(p, -1) : parse_table_foreign(p);
}

static pd_status
parse_columns(struct parse *p)
{
    pd_status status = parse_column(p);

    while (status == PD_OK && parse_accept(p, ",")) {
        if (at_table_constraint(p))
            break;
        status = parse_column(p);
    }
    p->constraint_name = NULL;
    /* The comma between constraints of the table may be left out. */
    while (status == PD_OK && at_table_constraint(p)) {
        status = parse_table_constraint(p);
        if (status == PD_OK)
            parse_accept(p, ",");
    }
    return status;
}

static pd_status
parse_table_options(struct parse *p)
{
    struct parse_statement *s = p->statement;

    if (p->token.kind == TOKEN_END || parse_at(p, ";"))
        return PD_OK;
    do {
        if (parse_at2(p, "without", "rowid")) {
            parse_advance(p);
            parse_advance(p);
            s->without_rowid = true;
        } else if (parse_accept(p, "strict")) {
            s->strict = true;
        } else {
            return PD_UNSUPPORTED;
        }
    } while (parse_accept(p, ","));
    return PD_OK;
}

pd_status
parse_table(struct parse *p)
{
    pd_status status = parse_expect(p, "(");

    if (status == PD_OK)
        status = parse_columns(p);
    if (status == PD_OK)
        status = parse_expect(p, ")");
    return status == PD_OK ? parse_table_options(p) : status;
}
