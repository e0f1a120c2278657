// SPDX-License-Identifier: Apache-2.0
/* passive_sequence - the statements about a sequence that objects_engines.c writes: they run
   nothing, and say nothing of anything else. */
#include "passive.h"

static bool
take_name(struct lex *lex, const char *name)
{
    size_t i;

    if (lex->kind != LEX_NAME)
        return false;
    for (i = 1; i + 1 < lex->size; i++, name++) {
        if (lex->text[i] != *name)
            return false;
        i += lex->text[i] == '`'; /* it is there twice */
    }
    lex_step(lex);
    return *name == 0;
}

static bool
take_number(struct lex *lex, const char *words)
{
    if (!lex_take_words(lex, words))
        return false;
    lex_take(lex, "-");
    return lex_take_kind(lex, LEX_NUMBER);
}

/* AS was taken. */
static enum passive_sequence
take_type(struct lex *lex, const char **ret_type)
{
    static const char *const types[] = {
        "tinyint",          "smallint",          "mediumint",          "int",
        "tinyint unsigned", "smallint unsigned", "mediumint unsigned", "int unsigned",
        "bigint unsigned"};

    for (size_t i = sizeof types / sizeof *types; i-- > 0;) {
        struct lex ahead = *lex;

        if (!lex_take_words(&ahead, types[i]) || ahead.kind != LEX_END)
            continue;
        *ret_type = types[i];
        return PASSIVE_SEQUENCE_TYPE;
    }
    return PASSIVE_SEQUENCE_NONE;
}

enum passive_sequence
passive_sequence(const char *sql, const char *name, const char **ret_type)
{
    struct lex lex;

    lex_begin(&lex, sql);
    if (lex_take_words(&lex, "ALTER TABLE"))
        return take_name(&lex, name) && lex_take(&lex, "ENGINE") && lex_take(&lex, "=") &&
                       lex_take_kind(&lex, LEX_NAME) && lex.kind == LEX_END
                   ? PASSIVE_SEQUENCE_ENGINE
                   : PASSIVE_SEQUENCE_NONE;
    if (!lex_take_words(&lex, "ALTER SEQUENCE") || !take_name(&lex, name))
        return PASSIVE_SEQUENCE_NONE;
    if (lex_take(&lex, "AS"))
        return take_type(&lex, ret_type);
    if (!take_number(&lex, "MINVALUE") || !take_number(&lex, "MAXVALUE") ||
        !take_number(&lex, "START WITH"))
        return PASSIVE_SEQUENCE_NONE;
    if (lex_is(&lex, "RESTART") && !take_number(&lex, "RESTART"))
        return PASSIVE_SEQUENCE_NONE;
    return lex.kind == LEX_END ? PASSIVE_SEQUENCE_BOUNDS : PASSIVE_SEQUENCE_NONE;
}
