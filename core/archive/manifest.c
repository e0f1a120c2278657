// SPDX-License-Identifier: Apache-2.0
/* manifest - what an archive says of itself. */
#include "archive/manifest.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/fields.h"
#include "archive/hash.h"
#include "model/json.h"
#include "model/schema.h"

#define MANIFEST_SEAL "\"seal\":\""
#define MANIFEST_END "\"\n}\n"
#define MANIFEST_VERSION "1.0"

enum { MANIFEST_TAIL = 32 + sizeof MANIFEST_END - 1 };

void
manifest_set_features(struct manifest *manifest)
{
    size_t n = 0;

    if (!manifest->version[0])
        snprintf(manifest->version, sizeof manifest->version, "%s", MANIFEST_VERSION);
    manifest->features[n++] =
        manifest->encoding == FORMAT_TEXT ? FORMAT_FEATURE_TEXT : FORMAT_FEATURE_BLOCKS;
    if (manifest->schema_only)
        manifest->features[n++] = FORMAT_FEATURE_SCHEMA_ONLY;
    manifest->features[n] = NULL;
}

static void
write_text(struct buffer *out, const char *name, const char *text)
{
    buffer_printf(out, ",\n\"%s\":", name);
    if (text)
        json_write_string(out, text, strlen(text));
    else
        buffer_text(out, "null");
}

static void
write_number(struct buffer *out, const char *name, uint64_t number)
{
    buffer_printf(out, ",\n\"%s\":%" PRIu64, name, number);
}

static void
write_seal(struct buffer *out, const char *name, const struct file_seal *seal)
{
    char hash[33];

    digest_text(&seal->hash, hash);
    buffer_printf(out, ",\n\"%s\":{\"size\":%" PRIu64 ",\"hash\":\"%s\"}", name, seal->size, hash);
}

void
manifest_write_head(struct buffer *out, const struct manifest *manifest)
{
    buffer_text(out, "{\n\"format\":\"" FORMAT_NAME "\",\n\"version\":\"" MANIFEST_VERSION
                     "\",\n\"features\":[");
    for (size_t i = 0; manifest->features[i]; i++)
        buffer_printf(out, "%s\"%s\"", i ? "," : "", manifest->features[i]);
    buffer_char(out, ']');
    write_text(out, "shape", manifest_shapes[manifest->shape]);
    write_text(out, "encoding", manifest_encodings[manifest->encoding]);
    write_text(out, "order", manifest_orders[manifest->order]);
    write_text(out, "application", manifest->application);
    write_text(out, "application_version", manifest->application_version);
    write_number(out, "tables", manifest->n_tables);
    write_number(out, "sequences", manifest->n_sequences);
}

enum { UNSEEN_SIZE = 16384 /* bytes of it in a manifest, which is small */ };

static void
write_unseen(struct buffer *out, const struct manifest *manifest)
{
    size_t begin = out->size, i = 0, n = 0;

    buffer_text(out, ",\n\"unseen_sql\":[");
    for (; manifest->unseen[i] && out->size - begin < UNSEEN_SIZE; i++) {
        buffer_text(out, i ? "," : "");
        json_write_string(out, manifest->unseen[i], strlen(manifest->unseen[i]));
    }
    while (manifest->unseen[i + n])
        n++;
    if (n)
        buffer_printf(out, ",\"and %zu more statements\"", n);
    buffer_char(out, ']');
}

static pd_status
read_unseen(struct arena *arena, const json_t *json, struct manifest *manifest,
            struct pd_error *err)
{
    const json_t *list = NULL;
    const char **texts;
    pd_status status = PD_OK;

    if (!json_object_get(json, "unseen_sql"))
        return PD_OK;
    status = field_array(json, "unseen_sql", &list, err);
    if (status != PD_OK)
        return status;
    texts = arena_array(arena, const char *, json_array_size(list) + 1);
    if (!texts)
        return error_memory(err);
    for (size_t i = 0; status == PD_OK && i < json_array_size(list); i++)
        status = json_get_text(arena, json_array_get(list, i), &texts[i], err);
    manifest->unseen = texts;
    return error_prefix(err, status, "unseen_sql");
}

static void
write_files(struct buffer *out, const struct manifest *manifest)
{
    if (manifest->shape == FORMAT_STREAM) {
        write_seal(out, "stream", &manifest->stream);
    } else {
        write_number(out, "small_packs", manifest->n_small_packs);
        write_seal(out, FORMAT_TABLES, &manifest->tables);
        write_seal(out, FORMAT_ORIGIN, &manifest->origin);
    }
    if (manifest->has_stamp)
        write_seal(out, FORMAT_STAMP, &manifest->stamp_seal);
    if (manifest->has_rejects)
        write_seal(out, FORMAT_REJECTS, &manifest->rejects_seal);
    if (manifest->unseen && manifest->unseen[0])
        write_unseen(out, manifest);
}

pd_status
manifest_write(struct buffer *out, const struct manifest *manifest, struct pd_error *err)
{
    size_t begin = out->size;
    struct digest seal;
    char text[33];

    manifest_write_head(out, manifest);
    write_number(out, "rows", manifest->n_rows);
    write_number(out, "blocks", manifest->n_blocks);
    write_number(out, "row_bytes", manifest->n_row_bytes);
    write_files(out, manifest);
    write_text(out, "content", manifest->content_id);
    buffer_text(out, ",\n" MANIFEST_SEAL);
    if (out->failed)
        return error_memory(err);
    seal = hash_of(out->data + begin, out->size - begin);
    digest_text(&seal, text);
    buffer_text(out, text);
    buffer_text(out, MANIFEST_END);
    return out->failed ? error_memory(err) : PD_OK;
}

static pd_status
check_seal(const char *text, size_t size, struct pd_error *err)
{
    size_t head = size > MANIFEST_TAIL ? size - MANIFEST_TAIL : 0;
    size_t mark = sizeof MANIFEST_SEAL - 1;
    struct digest seal = hash_of(text, head);
    char wanted[33];

    digest_text(&seal, wanted);
    if (head < mark || memcmp(text + head - mark, MANIFEST_SEAL, mark) != 0 ||
        memcmp(text + size - sizeof MANIFEST_END + 1, MANIFEST_END, sizeof MANIFEST_END - 1) != 0)
        return error_fail(err, PD_FATAL, PD_CAUSE_CORRUPT,
                          "the manifest is damaged: it does not end in its seal");
    if (memcmp(text + head, wanted, 32) != 0)
        return error_fail(err, PD_FATAL, PD_CAUSE_CORRUPT,
                          "the manifest was changed or damaged: its seal is %.32s, its bytes give "
                          "%s; 'polydump seal' renews a text archive after an edit",
                          text + head, wanted);
    return PD_OK;
}

/* Which of the features that we know it is; -1: none. */
static int
find_feature(const char *name)
{
    static const char *const known[] = {FORMAT_FEATURE_BLOCKS, FORMAT_FEATURE_TEXT,
                                        FORMAT_FEATURE_SCHEMA_ONLY};

    for (size_t i = 0; i < COUNT_OF(known); i++) {
        if (strcmp(known[i], name) == 0)
            return (int)i;
    }
    return -1;
}

static pd_status
read_features(const json_t *json, struct manifest *manifest, struct pd_error *err)
{
    const json_t *features = NULL;
    pd_status status = field_array(json, "features", &features, err);

    for (size_t i = 0; status == PD_OK && i < json_array_size(features); i++) {
        const char *name = json_string_value(json_array_get(features, i));

        if (!name)
            return error_fail(err, PD_FATAL, PD_CAUSE_CORRUPT, "a feature is not a text");
        if (find_feature(name) < 0)
            return error_fail(err, PD_FATAL, PD_CAUSE_VERSION,
                              "the archive needs feature '%.60s', which this polydump does not "
                              "have; use a newer one",
                              name);
        if (strcmp(name, FORMAT_FEATURE_SCHEMA_ONLY) == 0)
            manifest->schema_only = true;
    }
    return status;
}

static pd_status
read_version(const json_t *json, struct manifest *manifest, struct pd_error *err)
{
    const char *format = NULL, *version = NULL;
    pd_status status = field_text(json, "format", &format, err);
    unsigned major = 0;
    char more;

    if (status == PD_OK)
        status = field_text(json, "version", &version, err);
    if (status != PD_OK)
        return status;
    if (strcmp(format, FORMAT_NAME) != 0)
        return error_fail(err, PD_FATAL, PD_CAUSE_VERSION,
                          "the format is '%.60s', not '" FORMAT_NAME "'", format);
    if (strlen(version) > 15 || sscanf(version, "%5u.%5u%c", &major, &manifest->minor, &more) != 2)
        return error_fail(err, PD_FATAL, PD_CAUSE_CORRUPT, "the version is '%.60s'", version);
    if (major != FORMAT_MAJOR)
        return error_fail(err, PD_FATAL, PD_CAUSE_VERSION,
                          "the archive has format version %s, this polydump reads %d.x; use one "
                          "that reads it",
                          version, FORMAT_MAJOR);
    snprintf(manifest->version, sizeof manifest->version, "%s", version);
    return PD_OK;
}

static pd_status
read_words(struct arena *arena, const json_t *json, struct manifest *manifest, struct pd_error *err)
{
    const char *application = NULL, *version = NULL;
    int shape = 0, encoding = 0;
    pd_status status = field_word(json, "shape", manifest_shapes, 2, &shape, err);

    if (status == PD_OK)
        status = field_word(json, "encoding", manifest_encodings, 2, &encoding, err);
    if (status == PD_OK)
        status = field_word(json, "order", manifest_orders, 2, &manifest->order, err);
    if (status == PD_OK)
        status = field_text_or_null(json, "application", &application, err);
    if (status == PD_OK)
        status = field_text_or_null(json, "application_version", &version, err);
    if (status != PD_OK)
        return status;
    manifest->shape = (enum format_shape)shape;
    manifest->encoding = (enum format_encoding)encoding;
    manifest->application = arena_strdup(arena, application);
    manifest->application_version = arena_strdup(arena, version);
    if ((application && !manifest->application) || (version && !manifest->application_version))
        return error_memory(err);
    return PD_OK;
}

pd_status
manifest_read_head(struct arena *arena, const json_t *json, struct manifest *manifest,
                   struct pd_error *err)
{
    pd_status status = read_version(json, manifest, err);

    if (status == PD_OK)
        status = read_features(json, manifest, err);
    if (status == PD_OK)
        status = read_words(arena, json, manifest, err);
    if (status == PD_OK)
        status = field_number(json, "tables", SCHEMA_MAX_TABLES, &manifest->n_tables, err);
    if (status == PD_OK)
        status = field_number(json, "sequences", SCHEMA_MAX_TABLES, &manifest->n_sequences, err);
    if (status == PD_OK)
        manifest_set_features(manifest);
    return status;
}

static pd_status
read_files(const json_t *json, struct manifest *manifest, struct pd_error *err)
{
    pd_status status = PD_OK;

    if (manifest->shape == FORMAT_STREAM) {
        status = field_seal(json, "stream", &manifest->stream, err);
    } else {
        status = field_number(json, "small_packs", UINT32_MAX, &manifest->n_small_packs, err);
        if (status == PD_OK)
            status = field_seal(json, FORMAT_TABLES, &manifest->tables, err);
        if (status == PD_OK)
            status = field_seal(json, FORMAT_ORIGIN, &manifest->origin, err);
    }
    manifest->has_stamp = json_object_get(json, FORMAT_STAMP) != NULL;
    if (status == PD_OK && manifest->has_stamp)
        status = field_seal(json, FORMAT_STAMP, &manifest->stamp_seal, err);
    manifest->has_rejects = json_object_get(json, FORMAT_REJECTS) != NULL;
    if (status == PD_OK && manifest->has_rejects)
        status = field_seal(json, FORMAT_REJECTS, &manifest->rejects_seal, err);
    return status;
}

static pd_status
read_members(struct arena *arena, const json_t *json, struct manifest *manifest,
             struct pd_error *err)
{
    struct digest content;
    pd_status status = manifest_read_head(arena, json, manifest, err);

    if (status == PD_OK)
        status = field_number(json, "rows", INT64_MAX, &manifest->n_rows, err);
    if (status == PD_OK)
        status = field_number(json, "blocks", INT64_MAX, &manifest->n_blocks, err);
    if (status == PD_OK)
        status = field_number(json, "row_bytes", INT64_MAX, &manifest->n_row_bytes, err);
    if (status == PD_OK)
        status = read_files(json, manifest, err);
    if (status == PD_OK)
        status = read_unseen(arena, json, manifest, err);
    if (status == PD_OK)
        status = field_hash(json, "content", &content, err);
    if (status == PD_OK)
        digest_text(&content, manifest->content_id);
    return status;
}

/* Another format may seal in another way: what it says of itself tells more than a wrong seal. It
   only ever takes the place of one error by another. */
static void
explain_format(const char *text, size_t size, struct manifest *manifest, struct pd_error *err)
{
    struct pd_error other = {0};
    json_t *json = NULL;

    if (json_parse(text, size, FORMAT_MANIFEST, &json, &other) != PD_OK)
        return;
    if ((read_version(json, manifest, &other) != PD_OK ||
         read_features(json, manifest, &other) != PD_OK) &&
        other.cause == PD_CAUSE_VERSION && err)
        *err = other;
    *manifest = (struct manifest){0};
    json_decref(json);
}

pd_status
manifest_read(struct arena *arena, const char *text, size_t size, bool lenient,
              struct manifest *ret_manifest, struct pd_error *err)
{
    json_t *json = NULL;
    pd_status status = lenient ? PD_OK : check_seal(text, size, err);

    *ret_manifest = (struct manifest){0};
    if (status != PD_OK)
        explain_format(text, size, ret_manifest, err);
    if (status == PD_OK)
        status = json_parse(text, size, FORMAT_MANIFEST, &json, err);
    if (status != PD_OK)
        return status;
    status = read_members(arena, json, ret_manifest, err);
    json_decref(json);
    return status == PD_OK ? PD_OK : error_prefix(err, status, FORMAT_MANIFEST);
}

static bool
same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

pd_status
manifest_check_head(const struct manifest *manifest, const struct manifest *head,
                    struct pd_error *err)
{
    if (manifest->minor == head->minor && manifest->shape == head->shape &&
        manifest->encoding == head->encoding && manifest->order == head->order &&
        manifest->schema_only == head->schema_only && manifest->n_tables == head->n_tables &&
        manifest->n_sequences == head->n_sequences &&
        same_text(manifest->application, head->application) &&
        same_text(manifest->application_version, head->application_version))
        return PD_OK;
    return error_fail(err, PD_FATAL, PD_CAUSE_CORRUPT,
                      "the begin and the end of the stream belong to different archives");
}

void
manifest_identity(const struct manifest *manifest, struct archive_identity *ret_identity)
{
    *ret_identity = (struct archive_identity){
        .format = manifest->version,
        .shape = manifest_shapes[manifest->shape],
        .encoding = manifest_encodings[manifest->encoding],
        .order = manifest_orders[manifest->order],
        .application = manifest->application,
        .application_version = manifest->application_version,
        .n_tables = manifest->n_tables,
        .n_rows = manifest->n_rows,
        .n_blocks = manifest->n_blocks,
        .n_bytes = manifest->n_bytes,
        .features = manifest->features,
        .stamp = manifest->stamp,
        .has_rejects = manifest->has_rejects,
        .unseen = manifest->unseen,
    };
    memcpy(ret_identity->content_id, manifest->content_id, sizeof ret_identity->content_id);
}

const char *const manifest_shapes[2] = {"directory", "stream"};
const char *const manifest_encodings[2] = {"binary", "text"};
const char *const manifest_orders[2] = {"source", "key"};
