// SPDX-License-Identifier: Apache-2.0
/* content_id - one hash for what an archive or a database holds, wherever it came from. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "archive/archive.h"
#include "archive/hash.h"
#include "base/buffer.h"
#include "model/json.h"

struct content_id {
    XXH3_state_t *hash;
    struct buffer line;
};

/* Feed and empty the line. */
static pd_status
feed(struct content_id *id, struct pd_error *err)
{
    if (id->line.failed) {
        buffer_clear(&id->line);
        return error_memory(err);
    }
    XXH3_128bits_update(id->hash, id->line.data, id->line.size);
    buffer_clear(&id->line);
    return PD_OK;
}

static void
append_text(struct buffer *line, const char *text)
{
    if (text)
        json_write_string(line, text, strlen(text));
    else
        buffer_text(line, "null");
}

pd_status
content_id_new(const char *application, const char *application_version, struct content_id **ret_id,
               struct pd_error *err)
{
    struct content_id *id = calloc(1, sizeof *id);
    pd_status status;

    if (!id)
        return error_memory(err);
    id->hash = XXH3_createState();
    if (!id->hash) {
        content_id_free(id);
        return error_memory(err);
    }
    XXH3_128bits_reset(id->hash);
    buffer_text(&id->line, "polydump content 1\n[");
    append_text(&id->line, application);
    buffer_char(&id->line, ',');
    append_text(&id->line, application_version);
    buffer_text(&id->line, "]\n");
    status = feed(id, err);
    if (status == PD_OK)
        *ret_id = id;
    else
        content_id_free(id);
    return status;
}

pd_status
content_id_table(struct content_id *id, const struct pd_table *table, uint64_t n_rows,
                 const struct digest *digest, struct pd_error *err)
{
    char text[33];
    pd_status status;

    if (table->flags & PD_TABLE_PASSENGER)
        return PD_OK;
    status = json_write_table(&id->line, table, JSON_COUNTED, err);
    if (status != PD_OK)
        return status;
    digest_text(digest, text);
    buffer_printf(&id->line, "\n%" PRIu64 " %s\n", n_rows, text);
    return feed(id, err);
}

pd_status
content_id_sequence(struct content_id *id, const struct pd_sequence *sequence, struct pd_error *err)
{
    pd_status status = json_write_sequence(&id->line, sequence, JSON_COUNTED, err);

    if (status != PD_OK)
        return status;
    buffer_char(&id->line, '\n');
    return feed(id, err);
}

void
content_id_finish(struct content_id *id, char text[33])
{
    struct digest digest = hash_digest(XXH3_128bits_digest(id->hash));

    digest_text(&digest, text);
    content_id_free(id);
}

void
content_id_free(struct content_id *id)
{
    if (!id)
        return;
    XXH3_freeState(id->hash);
    buffer_free(&id->line);
    free(id);
}
